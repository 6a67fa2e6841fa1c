#include "base/hash.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/assert.hpp"

namespace moshpit {
namespace {

// Never null: OpenSSL takes a null key or message for none at all, and fails.
const unsigned char* raw(ByteView bytes) {
  static constexpr unsigned char nothing = 0;
  return bytes.empty() ? &nothing : reinterpret_cast<const unsigned char*>(bytes.data());
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
  Digest digest;
  unsigned size = digest.size();
  const auto* done = HMAC(EVP_sha256(), raw(key), static_cast<int>(key.size()), raw(bytes),
                          bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &size);
  MOSHPIT_ASSERT(done != nullptr);
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
