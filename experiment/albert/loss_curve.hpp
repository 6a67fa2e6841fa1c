// LossCurve: how the loss on text that nobody trains on falls with samples, time and money. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace moshpit {

struct LossPoint {
  std::uint64_t steps = 0;  // of the optimizer
  double samples = 0;       // that were really trained
  double seconds = 0;       // since training began, of virtual time
  double dollars = 0;
  double loss = 0;
};

using LossCurve = std::vector<LossPoint>;

// Where the curve first comes to the loss, between its points on a straight line. Nothing if it
// does not. Requires: points in the order of their steps.
std::optional<LossPoint> first_at(const LossCurve& curve, double loss);

}  // namespace moshpit
