#include "base/hash.hpp"

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

EVP_MAC_CTX* prepare_hmac() {
  EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  EVP_MAC_CTX* const context = EVP_MAC_CTX_new(algorithm);
  EVP_MAC_free(algorithm);
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string("digest", digest, 0),
                                   OSSL_PARAM_construct_end()};
  MOSHPIT_ASSERT(context != nullptr && EVP_MAC_CTX_set_params(context, parameters) == 1);
  return context;
}

}  // namespace

Digest sha256(ByteView bytes) {
  // Looking the algorithm up by name costs more than hashing a short message: it is fetched once.
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  MOSHPIT_ASSERT(algorithm != nullptr);
  Digest digest;
  unsigned size = digest.size();
  const int done =
      EVP_Digest(raw(bytes), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &size,
                 algorithm, nullptr);
  MOSHPIT_ASSERT(done == 1);
  return digest;
}

Digest hmac_sha256(ByteView key, ByteView bytes) {
  // As above: the copy of a prepared context costs a fraction of preparing one.
  static EVP_MAC_CTX* const prepared = prepare_hmac();
  EVP_MAC_CTX* const context = EVP_MAC_CTX_dup(prepared);
  Digest digest;
  std::size_t size = 0;
  const bool done = EVP_MAC_init(context, raw(key), key.size(), nullptr) == 1 &&
                    EVP_MAC_update(context, raw(bytes), bytes.size()) == 1 &&
                    EVP_MAC_final(context, reinterpret_cast<unsigned char*>(digest.data()), &size,
                                  digest.size()) == 1;
  EVP_MAC_CTX_free(context);
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
