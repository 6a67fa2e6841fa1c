#include "train/gradient_sum.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "train/finite.hpp"

namespace moshpit {

bool GradientSum::add(std::span<const float> mean, double samples) {
  MOSHPIT_ASSERT(mean.size() == sum_.size() && samples >= 0);
  if (!all_finite(mean)) return false;
  for (std::size_t i = 0; i < sum_.size(); ++i) sum_[i] += samples * mean[i];
  samples_ += samples;
  return true;
}

void GradientSum::take_mean(std::span<float> mean) {
  MOSHPIT_ASSERT(mean.size() == sum_.size());
  const double scale = samples_ > 0 ? 1 / samples_ : 0;
  for (std::size_t i = 0; i < sum_.size(); ++i) {
    mean[i] = static_cast<float>(scale * sum_[i]);
  }
  std::ranges::fill(sum_, 0.0);
  samples_ = 0;
}

}  // namespace moshpit
