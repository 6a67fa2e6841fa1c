// WeightedMean: vectors of one length, as gradients of batches, weighted by the samples behind
// them, until somebody takes their mean. Unequal batches count by what they hold, so that the mean
// is that of one large batch. Summed in double precision. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace moshpit {

class WeightedMean {
 public:
  explicit WeightedMean(std::size_t elements) : sum_(elements) {}

  // `vector` stands for so many samples. False, and nothing is added, if one of its values is not
  // finite.
  bool add(std::span<const float> vector, double samples);

  double samples() const { return samples_; }

  // The mean of all that was added, and zeros if that is nothing; nothing is left afterwards.
  void take(std::span<float> mean);

 private:
  std::vector<double> sum_;
  double samples_ = 0;
};

}  // namespace moshpit
