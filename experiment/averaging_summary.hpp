// AveragingSummary: what all restarts of an experiment say together.
//
// Pure.
#pragma once

#include <cstdint>
#include <vector>

namespace moshpit {

// The mean squared error before the first round and after each one.
using Curve = std::vector<double>;

struct AveragingSummary {
  // Rounds until the error was at most the target; restarts that never came there count with all
  // their rounds.
  double rounds_to_target_mean = 0;
  double rounds_to_target_sd = 0;  // of a sample: n-1
  double rounds_to_target_standard_error = 0;
  std::uint32_t restarts_above_target = 0;  // after the last round
  Curve mse_mean;
  Curve mse_median;
};

// Requires: at least one curve, all of the same length, which is at least 1.
AveragingSummary summarise(const std::vector<Curve>& curves, double target);

}  // namespace moshpit
