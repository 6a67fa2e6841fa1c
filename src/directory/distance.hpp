// Kademlia's metric: two ids are as far apart as the number that their XOR spells. Peer ids and
// directory keys share it, and a peer id is used as it is: it is a SHA-256 already, so the ids are
// spread evenly.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "moshpit/ids.hpp"

namespace moshpit {

// Copies that are kept of a record, contacts in a bucket, contacts in an answer: Kademlia's k. A
// third of 1,000 peers killed at once takes every copy of some records with it: with 8 copies 3 %
// of such runs lose more than the 0.1 % that they may, with 10 it is 0.5 %, with 12 none of 400
// (docs/decisions/001-own-directory.md). In a run of 13 peers everybody knows all.
inline constexpr std::size_t replication = 12;

// Copies of a record that its publisher renews or lets go before it would be handed on: within a
// minute hardly anybody dies, and each copy costs a question, and in a large run a link.
inline constexpr std::size_t brief_replication = 6;

// With so few others each of them gets a copy: two more copies cost less than to push the record to
// those two.
inline constexpr std::size_t all_get_copies = brief_replication + 2;

// Compares as the number does: the most significant byte first.
using Distance = std::array<std::uint8_t, 32>;

template <class OneId, class OtherId>
Distance distance(const OneId& one, const OtherId& other) {
  Distance out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = std::to_integer<std::uint8_t>(one.bytes[i] ^ other.bytes[i]);
  }
  return out;
}

// The most significant bits of the distance. It decides for all ids but those that share more.
template <class OneId, class OtherId>
std::uint64_t leading_distance(const OneId& one, const OtherId& other) {
  return one.leading() ^ other.leading();
}

// Whether `one` is closer to the target than `other`.
template <class TargetId>
bool closer(const PeerId& one, const PeerId& other, const TargetId& target) {
  const std::uint64_t leading = leading_distance(one, target);
  const std::uint64_t of_other = leading_distance(other, target);
  if (leading != of_other) return leading < of_other;
  return distance(one, target) < distance(other, target);
}

// How many leading bits two ids share: 0 for half of all ids, 256 for the id itself.
template <class OneId, class OtherId>
std::size_t shared_bits(const OneId& one, const OtherId& other) {
  const std::uint64_t leading = leading_distance(one, other);
  if (leading != 0) return static_cast<std::size_t>(std::countl_zero(leading));
  std::size_t bits = 0;
  for (std::uint8_t byte : distance(one, other)) {
    bits += static_cast<std::size_t>(std::countl_zero(byte));
    if (byte != 0) break;
  }
  return bits;
}

inline DirectoryKey place_of(const PeerId& peer) { return DirectoryKey{peer.bytes}; }

}  // namespace moshpit
