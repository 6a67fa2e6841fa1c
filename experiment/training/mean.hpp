// Mean: of vectors of one length, summed in double precision. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/assert.hpp"

namespace moshpit {

class Mean {
 public:
  explicit Mean(std::size_t elements) : sum_(elements) {}

  void add(std::span<const float> vector) {
    MOSHPIT_ASSERT(vector.size() == sum_.size());
    for (std::size_t i = 0; i < sum_.size(); ++i) sum_[i] += vector[i];
    ++vectors_;
  }

  // Requires: add() was called.
  std::vector<float> value() const {
    MOSHPIT_ASSERT(vectors_ > 0);
    std::vector<float> mean(sum_.size());
    for (std::size_t i = 0; i < sum_.size(); ++i) {
      mean[i] = static_cast<float>(sum_[i] / static_cast<double>(vectors_));
    }
    return mean;
  }

 private:
  std::vector<double> sum_;
  std::size_t vectors_ = 0;
};

}  // namespace moshpit
