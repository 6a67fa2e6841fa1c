// The part of a training set that one of several peers trains on, in mini-batches without end. The
// cut is at random by the run's seed, so every peer's shard looks like the whole; the shards of all
// peers are disjoint and cover it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/random.hpp"
#include "data/dataset.hpp"

namespace moshpit {

class Shard {
 public:
  // Peers that share `seed`, `examples` and `peers` cut alike. Requires: peer < peers <= examples <
  // 2^32.
  Shard(std::size_t examples, std::size_t peer, std::size_t peers, std::uint64_t seed);

  // The next `count` examples of this peer's own order. Each pass over the shard has a new order,
  // and a batch may straddle two. Requires: `examples` is the set that was cut.
  void next(const Examples& examples, std::size_t count, Batch& batch);

  std::size_t size() const { return order_.size(); }
  std::size_t passes() const { return passes_; }  // completed ones

 private:
  Random random_;
  std::vector<std::uint32_t> order_;
  std::vector<std::uint32_t> chosen_;
  std::size_t position_ = 0;
  std::size_t passes_ = 0;
};

}  // namespace moshpit
