// Debt: what a lossy codec has rounded off of this peer's contributions, and of means that it was
// the author of, until a later step of the same kind makes up for it (docs/codecs.md). Pure.
//
// What is owed weighs what it was rounded off of. A later contribution weighs something else, so
// that it must bring the more of it the lighter it is.
#pragma once

#include <vector>

#include "reduce/weighted_vector.hpp"

namespace moshpit {

class Debt {
 public:
  // Gives the vector of a step residuals to bring: all that is owed, unless the vector is so much
  // lighter that its own values would be lost beside it. Then that waits for a heavier one.
  void pay_with(WeightedVector& vector);

  // The step is over: takes what the vector still owes, and now weighs.
  void take_back(WeightedVector& vector);

 private:
  void add(const WeightedVector& vector);

  std::vector<float> owed_;
  std::vector<double> weights_;  // of it, one a chunk
  bool waits_ = false;           // during a step that does not pay
};

}  // namespace moshpit
