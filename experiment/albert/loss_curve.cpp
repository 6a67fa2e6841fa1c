#include "experiment/albert/loss_curve.hpp"

#include <cmath>
#include <cstddef>

namespace moshpit {

std::optional<LossPoint> first_at(const LossCurve& curve, double loss) {
  for (std::size_t i = 0; i < curve.size(); ++i) {
    const LossPoint& here = curve[i];
    if (here.loss > loss) continue;
    if (i == 0) return here;
    const LossPoint& before = curve[i - 1];
    const double part = (before.loss - loss) / (before.loss - here.loss);
    const auto between = [part](double from, double to) { return from + part * (to - from); };
    LossPoint point;
    const auto steps = static_cast<double>(here.steps - before.steps);
    point.steps = before.steps + static_cast<std::uint64_t>(std::ceil(part * steps));
    point.samples = between(before.samples, here.samples);
    point.seconds = between(before.seconds, here.seconds);
    point.dollars = between(before.dollars, here.dollars);
    point.loss = loss;
    return point;
  }
  return std::nullopt;
}

}  // namespace moshpit
