// HashedState: the values of a run's state and the digest of each piece in which it travels. Pure.
//
// Hashing takes a second a gigabyte: it is for the caller's thread, not for the loop's.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/hash.hpp"

namespace moshpit {

class HashedState {
 public:
  // Requires: 1 to state_elements_limit values.
  explicit HashedState(std::vector<float> values);

  std::uint64_t elements() const { return values_.size(); }
  const std::vector<Digest>& digests() const { return digests_; }
  // Requires: piece < digests().size().
  ByteView piece(std::uint64_t piece) const;

 private:
  std::vector<float> values_;
  std::vector<Digest> digests_;
};

// What a state is called: nobody can give other bytes, another step or another length under it.
Digest name_of_state(std::uint64_t step, std::uint64_t elements, std::span<const Digest> digests);

}  // namespace moshpit
