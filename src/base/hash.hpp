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

// A number that looks drawn and is the same everywhere, for an order that nobody is to be the first
// of by habit: the steps of splitmix64. Who may choose the second number can choose the result.
inline std::uint64_t mixed(std::uint64_t one, std::uint64_t other) {
  std::uint64_t z = (one + 0x9e3779b97f4a7c15u) ^ other;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

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
