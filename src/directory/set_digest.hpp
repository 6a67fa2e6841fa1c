// SetDigest: a number for a set of peers or of records, by which two peers find out whether they
// know the same. Two different sets have the same number once in 2^64, unless somebody has made up
// members for that: what hangs on it must come another way too. A pure value.
#pragma once

#include <cstdint>

#include "moshpit/ids.hpp"
#include "wire/directory_messages.hpp"

namespace moshpit {

// Of who stands there, where it listens and what it says; a renewed record has the same.
inline std::uint64_t content_digest(const RecordClaim& claim) {
  std::uint64_t digest = claim.publisher.id.leading();
  // FNV-1a.
  const auto mix = [&](std::uint64_t word) { digest = (digest ^ word) * 0x100000001b3u; };
  for (const Address& address : claim.publisher.addresses) {
    for (char letter : address.host) mix(static_cast<unsigned char>(letter));
    mix(address.port);
  }
  for (std::byte byte : claim.value) mix(std::to_integer<std::uint64_t>(byte));
  return digest ^ digest >> 32;
}

class SetDigest {
 public:
  void add(const PeerId& peer) { value_ ^= peer.leading(); }
  void add_content(std::uint64_t digest) { value_ ^= digest; }

  // 0 for the empty set.
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0;
};

}  // namespace moshpit
