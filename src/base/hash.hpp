// SHA-256 and HMAC-SHA-256, and ids made of hashes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.hpp"

namespace moshpit {

using Digest = std::array<std::byte, 32>;

Digest sha256(ByteView bytes);
Digest hmac_sha256(ByteView key, ByteView bytes);

// Collects fields, each with its length in front, so that no two lists of fields hash alike.
class Hasher {
 public:
  Hasher& add(ByteView field);
  Hasher& add(std::uint64_t number);
  Digest digest() const { return sha256(bytes_); }

 private:
  Bytes bytes_;
};

}  // namespace moshpit
