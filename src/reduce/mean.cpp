#include "reduce/mean.hpp"

#include <algorithm>
#include <array>

#include "base/assert.hpp"
#include "codec/codec.hpp"

namespace moshpit {
namespace {

// 4 KiB of sums: they stay in the first-level cache while all contributors pass by.
constexpr std::size_t block_elements = codec_block;

double total_weight(std::span<const WeightedValues> contributions) {
  double total = 0;
  for (const WeightedValues& contribution : contributions) total += contribution.weight;
  return total;
}

}  // namespace

double mean_weight(std::span<const WeightedValues> contributions) {
  if (contributions.empty()) return 0;
  double largest = 0;
  for (const WeightedValues& contribution : contributions) {
    largest = std::max(largest, contribution.weight);
  }
  // Rounding may lift the mean of equal weights above them, and then above the run's limit in the
  // next round.
  return std::min(largest, total_weight(contributions) / static_cast<double>(contributions.size()));
}

void weighted_mean(std::span<const WeightedValues> contributions, std::span<float> out) {
  const double total = total_weight(contributions);
  MOSHPIT_ASSERT(total > 0);
  std::array<double, block_elements> sums;
  for (std::size_t first = 0; first < out.size(); first += block_elements) {
    const std::size_t count = std::min(block_elements, out.size() - first);
    sums.fill(0);
    for (const WeightedValues& contribution : contributions) {
      const double share = contribution.weight / total;
      add_weighted(contribution.codec, contribution.values, out.size(), first, share,
                   std::span(sums).first(count));
    }
    for (std::size_t i = 0; i < count; ++i) out[first + i] = static_cast<float>(sums[i]);
  }
}

}  // namespace moshpit
