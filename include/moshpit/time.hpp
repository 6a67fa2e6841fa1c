// Time as the protocol sees it: monotonic, handed in from outside, never read from a wall clock.
// A Time means something on one peer only. What crosses the wire is always a Duration.
#pragma once

#include <chrono>

namespace moshpit {

using Duration = std::chrono::nanoseconds;

// The tag of the clock that a loop advances. It has no now(): a machine is told the time.
struct Monotonic {
  using duration = Duration;
  using rep = Duration::rep;
  using period = Duration::period;
  using time_point = std::chrono::time_point<Monotonic, Duration>;
  static constexpr bool is_steady = true;
};

using Time = Monotonic::time_point;

// In seconds, for reports and arithmetic with rates.
constexpr double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

constexpr Duration from_seconds(double value) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(value));
}

}  // namespace moshpit
