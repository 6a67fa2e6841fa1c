// What the tests of the averaging methods play in.
#pragma once

#include <cmath>
#include <cstdint>

#include "base/random.hpp"
#include "experiment/attendance.hpp"
#include "experiment/groups.hpp"

namespace moshpit {

// Rounds of one method on values drawn from N(0,1).
struct World {
  World(std::size_t peers, double failure_rate, FailureModel model = FailureModel::exclude)
      : values(normal_values(peers, random)),
        initial_mean(mean_of(values)),
        attendance(peers, failure_rate, model) {}

  template <class Method>
  void play(Method& method) {
    attendance.draw(random);
    method.average({number++, attendance, random}, values);
  }
  double error() const { return mean_squared_error(values, initial_mean); }
  double drift() const { return std::abs(mean_of(values) - initial_mean); }

  Random random{1};
  Values values;
  double initial_mean;
  Attendance attendance;
  std::uint32_t number = 0;
};

// Squared: what rounding leaves of N(0,1) values.
inline constexpr double exact = 1e-28;

}  // namespace moshpit
