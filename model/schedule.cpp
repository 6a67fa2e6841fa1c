#include "model/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/assert.hpp"

namespace moshpit {

double learning_rate(const Schedule& schedule, double now) {
  MOSHPIT_ASSERT(now >= 0);
  if (now < schedule.warm_up) return schedule.peak * now / schedule.warm_up;
  if (schedule.decay == Decay::constant) return schedule.peak;
  const double descent = std::max(schedule.warm_up, schedule.hold);
  MOSHPIT_ASSERT(descent <= schedule.total);
  if (now >= schedule.total) return schedule.least;
  if (now < descent) return schedule.peak;
  const double gone = (now - descent) / (schedule.total - descent);
  const double left =
      schedule.decay == Decay::linear ? 1 - gone : (1 + std::cos(std::numbers::pi * gone)) / 2;
  return schedule.least + (schedule.peak - schedule.least) * left;
}

}  // namespace moshpit
