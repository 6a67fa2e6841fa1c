#include "base/hash.hpp"

#include <memory>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/assert.hpp"

namespace moshpit {
namespace {

// Never null: OpenSSL takes a null key or message for none at all, and fails.
const unsigned char* raw(ByteView bytes) {
  static constexpr unsigned char nothing = 0;
  return bytes.empty() ? &nothing : reinterpret_cast<const unsigned char*>(bytes.data());
}

struct Free {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

// To make a context ready takes ten times as long as to hash a short message, and threads that do
// so wait for each other's counts of references. So each thread makes its own once.
std::unique_ptr<EVP_MD_CTX, Free> ready_for_sha256() {
  std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  MOSHPIT_ASSERT(context && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1);
  return context;
}

std::unique_ptr<EVP_MAC_CTX, Free> ready_for_hmac() {
  EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  std::unique_ptr<EVP_MAC_CTX, Free> context(EVP_MAC_CTX_new(algorithm));
  EVP_MAC_free(algorithm);
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string("digest", digest, 0),
                                   OSSL_PARAM_construct_end()};
  MOSHPIT_ASSERT(context && EVP_MAC_CTX_set_params(context.get(), parameters) == 1);
  return context;
}

unsigned char* raw(Digest& digest) { return reinterpret_cast<unsigned char*>(digest.data()); }

}  // namespace

Digest sha256(ByteView bytes) {
  static thread_local const auto context = ready_for_sha256();
  Digest digest;
  const bool done = EVP_DigestInit_ex(context.get(), nullptr, nullptr) == 1 &&
                    EVP_DigestUpdate(context.get(), raw(bytes), bytes.size()) == 1 &&
                    EVP_DigestFinal_ex(context.get(), raw(digest), nullptr) == 1;
  MOSHPIT_ASSERT(done);
  return digest;
}

Digest hmac_sha256(ByteView key, ByteView bytes) {
  static thread_local const auto context = ready_for_hmac();
  Digest digest;
  std::size_t size = 0;
  const bool done = EVP_MAC_init(context.get(), raw(key), key.size(), nullptr) == 1 &&
                    EVP_MAC_update(context.get(), raw(bytes), bytes.size()) == 1 &&
                    EVP_MAC_final(context.get(), raw(digest), &size, digest.size()) == 1;
  MOSHPIT_ASSERT(done && size == digest.size());
  return digest;
}

Hasher& Hasher::add(ByteView field) {
  append_little_endian<std::uint64_t>(bytes_, field.size());
  append(bytes_, field);
  return *this;
}

Hasher& Hasher::add(std::uint64_t number) {
  append_little_endian<std::uint64_t>(bytes_, 8);
  append_little_endian(bytes_, number);
  return *this;
}

}  // namespace moshpit
