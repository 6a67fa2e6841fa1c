#include "experiment/albert/albert_comparison.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "experiment/albert/fleet_cost.hpp"
#include "experiment/albert/machine_run.hpp"

namespace moshpit {
namespace {

double target_of(const LossCurve& alone, const Lesson& lesson) {
  const double steps = target_share * static_cast<double>(lesson.steps);
  double loss = alone.front().loss;
  for (const LossPoint& point : alone) {
    if (static_cast<double>(point.steps) <= steps) loss = std::min(loss, point.loss);
  }
  return loss;
}

double charged_samples_per_second(const LossCurve& curve, const Fleet& fleet,
                                  const Lesson& lesson) {
  const LossPoint& last = curve.back();
  if (last.seconds <= 0) return 0;
  return last.samples * fleet.charged_batch / static_cast<double>(lesson.batch) / last.seconds;
}

std::optional<double> ratio(const std::optional<LossPoint>& machine,
                            const std::optional<LossPoint>& peers, double LossPoint::*what) {
  if (!machine || !peers) return std::nullopt;
  return *machine.*what / (*peers.*what);
}

AlbertAtSpeed at_speed(double speed, const LossCurve& curve, const LossCurve& alone,
                       const Fleet& fleet, double target) {
  const auto peers = first_at(curve, target);
  const auto as_it_is = first_at(on_machine(alone, fleet), target);
  const auto as_fast = first_at(on_machine(alone, with_machine_speed(fleet, speed)), target);
  return {speed, ratio(as_fast, peers, &LossPoint::seconds),
          ratio(as_it_is, peers, &LossPoint::seconds), ratio(as_fast, peers, &LossPoint::dollars)};
}

}  // namespace

AlbertComparison compare(const AlbertRuns& runs, const Fleet& fleet,
                         const std::vector<Absence>& absences, const Lesson& lesson) {
  MOSHPIT_ASSERT(!runs.alone.empty() && !runs.overlapped.empty() && !runs.waiting.empty());
  AlbertComparison comparison;
  comparison.target = target_of(runs.alone, lesson);
  const auto add = [&](std::string word, std::string title, LossCurve curve, double predicted) {
    const double measured = charged_samples_per_second(curve, fleet, lesson);
    const auto reached = first_at(curve, comparison.target);
    comparison.methods.push_back(
        {std::move(word), std::move(title), std::move(curve), predicted, measured, reached});
  };
  add("machine", "one machine", on_machine(runs.alone, fleet), predicted_on_machine(fleet));
  add("moshpit", "Moshpit, overlap", runs.overlapped, predicted_swarm(fleet, lesson, true));
  add("moshpit_waiting", "Moshpit", runs.waiting, predicted_swarm(fleet, lesson, false));
  add("all_reduce", "AR-SGD on the peers", on_peers_all_reduced(runs.alone, fleet, absences),
      predicted_all_reduced(fleet));
  const auto& machine = comparison.methods[0].reached;
  const auto& moshpit = comparison.methods[1].reached;
  comparison.speedup = ratio(machine, moshpit, &LossPoint::seconds);
  comparison.cost_ratio = ratio(machine, moshpit, &LossPoint::dollars);
  for (const auto& [speed, curve] : runs.at_speeds) {
    comparison.speeds.push_back(at_speed(speed, curve, runs.alone, fleet, comparison.target));
  }
  return comparison;
}

}  // namespace moshpit
