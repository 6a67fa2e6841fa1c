// Durations with an exponential distribution, by von Neumann's method: comparisons only and no
// logarithm, so that every compiler and library draws the same.
#pragma once

#include <cstdint>

#include "base/random.hpp"
#include "moshpit/time.hpp"

namespace moshpit::sim {

// Draws fall as long as each is below the one before. The run's first draw is accepted if the run
// has an odd length; each run that is refused adds a whole.
inline Duration exponential(Random& random, Duration mean) {
  for (int whole = 0;; ++whole) {
    const double first = random.unit();
    double last = first;
    bool odd = true;
    for (double draw = random.unit(); draw < last; draw = random.unit()) {
      last = draw;
      odd = !odd;
    }
    if (odd) {
      return Duration(
          static_cast<std::int64_t>((whole + first) * static_cast<double>(mean.count())));
    }
  }
}

}  // namespace moshpit::sim
