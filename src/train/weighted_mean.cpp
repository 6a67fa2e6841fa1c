#include "train/weighted_mean.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "train/finite.hpp"

namespace moshpit {

bool WeightedMean::add(std::span<const float> vector, double samples) {
  MOSHPIT_ASSERT(vector.size() == sum_.size() && samples >= 0);
  if (!all_finite(vector)) return false;
  for (std::size_t i = 0; i < sum_.size(); ++i) sum_[i] += samples * vector[i];
  samples_ += samples;
  return true;
}

void WeightedMean::take(std::span<float> mean) {
  MOSHPIT_ASSERT(mean.size() == sum_.size());
  const double scale = samples_ > 0 ? 1 / samples_ : 0;
  for (std::size_t i = 0; i < sum_.size(); ++i) {
    mean[i] = static_cast<float>(scale * sum_[i]);
  }
  std::ranges::fill(sum_, 0.0);
  samples_ = 0;
}

}  // namespace moshpit
