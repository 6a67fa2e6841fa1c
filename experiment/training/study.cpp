#include "experiment/training/study.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/assert.hpp"
#include "experiment/training/cost_model.hpp"

namespace moshpit {
namespace {

constexpr std::uint64_t first_seed = 1;
constexpr const char* where_the_target_is_set = "homogeneous";

using Results = std::vector<TrainingResult>;

double final_of(const TrainingResult& result) { return result.curve.points.back().accuracy; }

double mean_final(const Results& results) {
  double sum = 0;
  for (const TrainingResult& result : results) sum += final_of(result);
  return sum / static_cast<double>(results.size());
}

// Rates and periods of one method.
std::vector<RunChoice> grid_of(const StudyPlan& plan, Method method, const std::string& cluster) {
  std::vector<RunChoice> grid;
  const auto periods = describe(method).has_period ? plan.periods : std::vector<std::uint32_t>{1};
  for (const float rate : plan.rates) {
    for (const std::uint32_t period : periods) {
      grid.push_back({method, cluster, 1, rate, period, first_seed});
    }
  }
  return grid;
}

std::vector<RunChoice> with_seeds(const RunChoice& choice, std::uint64_t seeds) {
  std::vector<RunChoice> all(seeds, choice);
  for (std::uint64_t i = 0; i < seeds; ++i) all[i].seed = first_seed + i;
  return all;
}

void append(std::vector<RunChoice>& all, const std::vector<RunChoice>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

void add(AveragingTally& sum, const AveragingTally& one) {
  sum.steps += one.steps;
  sum.seconds += one.seconds;
  sum.rounds += one.rounds;
  sum.rounds_averaged += one.rounds_averaged;
  sum.members += one.members;
  sum.rounds_failed += one.rounds_failed;
}

TargetOutcome outcome_of(const Results& results, double target) {
  TargetOutcome outcome;
  for (const TrainingResult& result : results) {
    const auto point = first_at(result.curve.points, target);
    if (!point) continue;
    ++outcome.reached;
    outcome.seconds += point->seconds;
    outcome.samples += point->samples;
  }
  if (outcome.reached > 0) outcome.seconds /= static_cast<double>(outcome.reached);
  if (outcome.reached > 0) outcome.samples /= static_cast<double>(outcome.reached);
  return outcome;
}

// Comes to the target with more seeds, or with as many and earlier; where neither does, the more
// accurate in the end.
bool is_better(const Results& one, const Results& other, double target) {
  const TargetOutcome here = outcome_of(one, target);
  const TargetOutcome there = outcome_of(other, target);
  if (here.reached != there.reached) return here.reached > there.reached;
  if (here.reached > 0) return here.seconds < there.seconds;
  return mean_final(one) > mean_final(other);
}

class Study {
 public:
  Study(const StudyPlan& plan, const std::function<Cluster(const std::string&, double)>& cluster_of,
        const RunAll& run_all)
      : plan_(plan), cluster_of_(cluster_of), run_all_(run_all) {}

  std::optional<StudyOutcome> run() {
    if (!set_targets() || !choose() || !measure()) return std::nullopt;
    return std::move(outcome_);
  }

 private:
  bool set_targets() {
    const auto grid = grid_of(plan_, Method::all_reduce, where_the_target_is_set);
    const auto tried = run_all_(grid);
    if (!tried) return false;
    const auto best = std::ranges::max_element(*tried, {}, final_of);
    const RunChoice& chosen = grid[static_cast<std::size_t>(best - tried->begin())];
    const auto results = run_all_(with_seeds(chosen, plan_.seeds));
    if (!results) return false;
    outcome_.all_reduce_accuracy = mean_final(*results);
    for (std::size_t i = 0; i < target_count; ++i) {
      outcome_.targets[i] = outcome_.all_reduce_accuracy - below_all_reduce[i];
    }
    return true;
  }

  // All methods' runs at once, so that no processor waits for the last of one method.
  bool choose() {
    std::vector<RunChoice> grid;
    for (const Method method : plan_.methods) append(grid, grid_of(plan_, method, plan_.cluster));
    std::vector<RunChoice> all;
    for (const RunChoice& choice : grid) append(all, with_seeds(choice, plan_.seeds_to_choose));
    const auto results = run_all_(all);
    if (!results) return false;
    for (const Method method : plan_.methods) chosen_.push_back(best_of(method, grid, *results));
    return true;
  }

  // `results`: of each choice of the grid in turn, a few seeds.
  RunChoice best_of(Method method, const std::vector<RunChoice>& grid,
                    const Results& results) const {
    const auto seeds = static_cast<std::ptrdiff_t>(plan_.seeds_to_choose);
    std::optional<RunChoice> best;
    Results of_best;
    auto next = results.begin();
    for (const RunChoice& choice : grid) {
      const Results own(next, next + seeds);
      next += seeds;
      if (choice.method != method) continue;
      if (best && !is_better(own, of_best, outcome_.targets[0])) continue;
      best = choice;
      of_best = own;
    }
    return best.value();
  }

  bool measure() {
    std::vector<RunChoice> all;
    for (const double speed : plan_.speeds) {
      for (const RunChoice& chosen : chosen_)
        append(all, with_seeds(at(chosen, speed), seeds(speed)));
    }
    const auto results = run_all_(all);
    if (!results) return false;
    auto next = results->begin();
    for (const double speed : plan_.speeds) {
      SpeedOutcome at_speed{speed, {}};
      for (const RunChoice& chosen : chosen_) {
        const auto count = static_cast<std::ptrdiff_t>(seeds(speed));
        at_speed.methods.push_back(summarise(at(chosen, speed), Results(next, next + count)));
        next += count;
      }
      outcome_.speeds.push_back(std::move(at_speed));
    }
    return true;
  }

  std::uint64_t seeds(double speed) const {
    return speed == 1 ? plan_.seeds : plan_.seeds_at_other_speeds;
  }
  static RunChoice at(RunChoice choice, double speed) {
    choice.speed = speed;
    return choice;
  }

  MethodOutcome summarise(const RunChoice& choice, const Results& results) const {
    const Cluster cluster = cluster_of_(choice.cluster, choice.speed);
    MethodOutcome outcome;
    outcome.method = choice.method;
    outcome.rate = choice.rate;
    outcome.period = choice.period;
    outcome.seeds = results.size();
    outcome.final_accuracy = mean_final(results);
    double squares = 0;
    for (const TrainingResult& result : results) {
      squares += std::pow(final_of(result) - outcome.final_accuracy, 2);
      outcome.own_accuracy += result.curve.own_accuracy / static_cast<double>(results.size());
      outcome.samples_per_second +=
          result.charged_samples_per_second / static_cast<double>(results.size());
      add(outcome.tally, result.tally);
    }
    const auto others = static_cast<double>(std::max<std::size_t>(1, results.size() - 1));
    outcome.final_deviation = std::sqrt(squares / others);
    outcome.predicted_samples_per_second =
        predicted_samples_per_second(choice.method, cluster, choice.period);
    for (const Device& device : cluster.devices)
      outcome.dollars_per_hour += device.dollars_per_hour;
    for (std::size_t i = 0; i < target_count; ++i) {
      outcome.targets[i] = outcome_of(results, outcome_.targets[i]);
    }
    outcome.curve = results.front().curve.points;
    return outcome;
  }

  const StudyPlan& plan_;
  const std::function<Cluster(const std::string&, double)>& cluster_of_;
  const RunAll& run_all_;
  StudyOutcome outcome_;
  std::vector<RunChoice> chosen_;  // in the order of the plan
};

}  // namespace

std::optional<CurvePoint> first_at(const std::vector<CurvePoint>& curve, double accuracy) {
  CurvePoint before;
  for (const CurvePoint& point : curve) {
    if (point.accuracy >= accuracy) {
      const double part = (accuracy - before.accuracy) / (point.accuracy - before.accuracy);
      return CurvePoint{before.samples + part * (point.samples - before.samples),
                        before.seconds + part * (point.seconds - before.seconds), accuracy};
    }
    before = point;
  }
  return std::nullopt;
}

const MethodOutcome* SpeedOutcome::find(Method method) const {
  const auto found = std::ranges::find(methods, method, &MethodOutcome::method);
  return found == methods.end() ? nullptr : &*found;
}

namespace {

// Of the methods of a kind that reach the target with every seed.
template <class IsOfKind>
const MethodOutcome* earliest(const SpeedOutcome& at_speed, std::size_t target,
                              IsOfKind is_of_kind) {
  const MethodOutcome* best = nullptr;
  for (const MethodOutcome& outcome : at_speed.methods) {
    if (!is_of_kind(describe(outcome.method)) || !outcome.reaches(target)) continue;
    if (best && best->targets[target].seconds <= outcome.targets[target].seconds) continue;
    best = &outcome;
  }
  return best;
}

std::optional<double> ratio(const MethodOutcome* other, const MethodOutcome* moshpit,
                            std::size_t target) {
  if (!other || !moshpit || !other->reaches(target)) return std::nullopt;
  return other->targets[target].seconds / moshpit->targets[target].seconds;
}

}  // namespace

const MethodOutcome* SpeedOutcome::best_gossip(std::size_t target) const {
  return earliest(*this, target, [](const MethodDescription& one) { return one.is_gossip; });
}

const MethodOutcome* SpeedOutcome::best_moshpit(std::size_t target) const {
  return earliest(*this, target, [](const MethodDescription& one) { return one.is_moshpit; });
}

std::optional<double> SpeedOutcome::over_best_gossip(std::size_t target) const {
  return ratio(best_gossip(target), best_moshpit(target), target);
}

std::optional<double> SpeedOutcome::over_all_reduce(std::size_t target) const {
  return ratio(find(Method::all_reduce), best_moshpit(target), target);
}

std::optional<StudyOutcome> run_study(
    const StudyPlan& plan, const std::function<Cluster(const std::string&, double)>& cluster_of,
    const RunAll& run_all) {
  MOSHPIT_ASSERT(!plan.rates.empty() && !plan.periods.empty() && plan.seeds > 0);
  MOSHPIT_ASSERT(!plan.methods.empty() && !plan.speeds.empty() && plan.speeds.front() == 1);
  MOSHPIT_ASSERT(plan.seeds_at_other_speeds > 0);
  return Study(plan, cluster_of, run_all).run();
}

}  // namespace moshpit
