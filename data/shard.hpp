// The part of a training set that one of several peers trains on, in mini-batches without end. The
// cut is at random by the run's seed, so every peer's shard looks like the whole, or by label
// (dirichlet_split); the shards of all peers are disjoint and cover it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/random.hpp"
#include "data/dataset.hpp"

namespace moshpit {

class Shard {
 public:
  // Peers that share `seed`, `examples` and `peers` cut alike. Requires: peer < peers <= examples <
  // 2^32.
  Shard(std::size_t examples, std::size_t peer, std::size_t peers, std::uint64_t seed);

  // These examples in an order of the seed. Requires: not empty.
  Shard(std::vector<std::uint32_t> examples, std::uint64_t seed);

  // The next `count` examples of this peer's own order. Each pass over the shard has a new order,
  // and a batch may straddle two. Requires: `examples` is the set that was cut.
  void next(const Examples& examples, std::size_t count, Batch& batch);

  // The index of the next example, for whoever gathers by itself.
  std::uint32_t next_index();

  std::size_t size() const { return order_.size(); }
  std::size_t passes() const { return passes_; }  // completed ones

 private:
  Random random_;
  std::vector<std::uint32_t> order_;
  std::vector<std::uint32_t> chosen_;
  std::size_t position_ = 0;
  std::size_t passes_ = 0;
};

// Cuts a training set unequally, as data lie with people who never shared them: of each class a
// peer gets a portion drawn from a Dirichlet distribution (Hsu et al. 2019, arXiv 1909.06335). The
// parts are disjoint and cover the set. For experiments in one process: the draws use logarithms,
// which are not the same to the last bit on every machine.
//
// The indices of each peer's examples, ascending, at least one a peer. A small concentration leaves
// most classes of a peer empty (0.1: a few classes each), a large one approaches equal parts.
// Requires: 0 < peers <= labels.size() < 2^32, concentration > 0.
std::vector<std::vector<std::uint32_t>> dirichlet_split(std::span<const Label> labels,
                                                        std::size_t peers, double concentration,
                                                        std::uint64_t seed);

}  // namespace moshpit
