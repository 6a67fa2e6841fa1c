#include "data/shard.hpp"

#include <limits>
#include <numeric>
#include <span>
#include <utility>

#include "base/assert.hpp"

namespace moshpit {
namespace {

// One generator a peer, all from the run's seed and independent of one another.
Random order_of(std::size_t peer, Random source) {
  for (std::size_t skipped = 0; skipped < peer; ++skipped) source.next();
  return source.fork();
}

}  // namespace

Shard::Shard(std::size_t examples, std::size_t peer, std::size_t peers, std::uint64_t seed)
    : random_(seed) {
  MOSHPIT_ASSERT(peer < peers && peers <= examples);
  MOSHPIT_ASSERT(examples <= std::numeric_limits<std::uint32_t>::max());
  std::vector<std::uint32_t> all(examples);
  std::iota(all.begin(), all.end(), std::uint32_t{0});
  random_.shuffle(std::span(all));
  for (std::size_t i = peer; i < examples; i += peers) order_.push_back(all[i]);
  random_ = order_of(peer, random_);
  random_.shuffle(std::span(order_));
}

Shard::Shard(std::vector<std::uint32_t> examples, std::uint64_t seed)
    : random_(seed), order_(std::move(examples)) {
  MOSHPIT_ASSERT(!order_.empty());
  random_.shuffle(std::span(order_));
}

std::uint32_t Shard::next_index() {
  if (position_ == order_.size()) {
    random_.shuffle(std::span(order_));
    position_ = 0;
    ++passes_;
  }
  return order_[position_++];
}

void Shard::next(const Examples& examples, std::size_t count, Batch& batch) {
  chosen_.clear();
  while (chosen_.size() < count) chosen_.push_back(next_index());
  gather(examples, chosen_, batch);
}

}  // namespace moshpit
