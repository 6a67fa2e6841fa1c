#include "experiment/averaging_summary.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/assert.hpp"

namespace moshpit {
namespace {

double mean(const std::vector<double>& sample) {
  return std::accumulate(sample.begin(), sample.end(), 0.0) / static_cast<double>(sample.size());
}

double standard_deviation(const std::vector<double>& sample) {
  if (sample.size() < 2) return 0;
  const double center = mean(sample);
  double sum = 0;
  for (const double value : sample) sum += (value - center) * (value - center);
  return std::sqrt(sum / static_cast<double>(sample.size() - 1));
}

double median(std::vector<double> sample) {
  std::ranges::sort(sample);
  const std::size_t half = sample.size() / 2;
  return sample.size() % 2 == 1 ? sample[half] : (sample[half - 1] + sample[half]) / 2;
}

double rounds_to(double target, const Curve& curve) {
  const auto found = std::ranges::find_if(curve, [&](double error) { return error <= target; });
  const auto last = curve.end() - 1;
  return static_cast<double>(std::min(found, last) - curve.begin());
}

}  // namespace

AveragingSummary summarise(const std::vector<Curve>& curves, double target) {
  MOSHPIT_ASSERT(!curves.empty() && !curves[0].empty());
  AveragingSummary summary;
  std::vector<double> rounds;
  for (const Curve& curve : curves) {
    rounds.push_back(rounds_to(target, curve));
    summary.restarts_above_target += curve.back() > target ? 1 : 0;
  }
  summary.rounds_to_target_mean = mean(rounds);
  summary.rounds_to_target_sd = standard_deviation(rounds);
  summary.rounds_to_target_standard_error =
      summary.rounds_to_target_sd / std::sqrt(static_cast<double>(curves.size()));
  for (std::size_t round = 0; round < curves[0].size(); ++round) {
    std::vector<double> errors;
    for (const Curve& curve : curves) errors.push_back(curve[round]);
    summary.mse_mean.push_back(mean(errors));
    summary.mse_median.push_back(median(std::move(errors)));
  }
  return summary;
}

}  // namespace moshpit
