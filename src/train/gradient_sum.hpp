// GradientSum: gradients of batches, weighted by their samples, until a step takes their mean.
// Unequal batches count by what they hold, so that the mean is that of one large batch. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace moshpit {

class GradientSum {
 public:
  explicit GradientSum(std::size_t elements) : sum_(elements) {}

  // `mean` is of so many samples. False, and nothing is added, if one of its values is not finite.
  bool add(std::span<const float> mean, double samples);

  double samples() const { return samples_; }

  // The mean of all that was added, and zeros if that is nothing; the sum is empty afterwards.
  void take_mean(std::span<float> mean);

 private:
  std::vector<double> sum_;
  double samples_ = 0;
};

}  // namespace moshpit
