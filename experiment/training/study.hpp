// Study: the comparison of all methods on one cluster: which runs there are, how rate and period
// are chosen for each method by the same rule, and what the runs come to. What runs them, and keeps
// what is done, is the caller's.
//
// 1. AR-SGD on the homogeneous cluster, every rate, one seed; the rate with the highest final
//    accuracy, all seeds. The targets are its mean final accuracy minus 1, 0.5 and 2 points.
// 2. Every method of the plan, every rate and period, a few seeds. The best is that which comes to
//    the main target with the most of them, and first; where none does, the one with the highest
//    final accuracy.
// 3. Every method as chosen: all seeds, and with devices of other speeds.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "experiment/training/methods.hpp"

namespace moshpit {

struct RunChoice {
  Method method = Method::all_reduce;
  std::string cluster;
  double speed = 1;  // of the devices
  float rate = 0.1f;
  std::uint32_t period = 1;
  std::uint64_t seed = 1;
};

struct StudyPlan {
  std::string cluster;
  std::vector<Method> methods;
  std::vector<float> rates;
  std::vector<std::uint32_t> periods;
  std::vector<double> speeds;  // of the devices; the first one is 1
  std::uint64_t seeds = 3;
  std::uint64_t seeds_to_choose = 1;  // rate and period by: with one, luck has a part in it
  std::uint64_t seeds_at_other_speeds = 3;
};

// Results in the order of the choices; nothing if it was interrupted.
using RunAll =
    std::function<std::optional<std::vector<TrainingResult>>(const std::vector<RunChoice>&)>;

constexpr std::size_t target_count = 3;
// Below the final accuracy of AR-SGD. The first one is that which counts.
constexpr std::array<double, target_count> below_all_reduce{0.01, 0.005, 0.02};

struct TargetOutcome {
  std::uint64_t reached = 0;  // seeds
  double seconds = 0;         // the mean over those
  double samples = 0;
};

struct MethodOutcome {
  Method method = Method::all_reduce;
  float rate = 0;
  std::uint32_t period = 1;
  std::uint64_t seeds = 0;
  double final_accuracy = 0;  // the mean over the seeds
  double final_deviation = 0;
  double own_accuracy = 0;
  double samples_per_second = 0;  // charged as ResNet-50's
  double predicted_samples_per_second = 0;
  double dollars_per_hour = 0;
  std::array<TargetOutcome, target_count> targets;
  AveragingTally tally;
  std::vector<CurvePoint> curve;  // of the first seed

  bool reaches(std::size_t target) const { return targets[target].reached == seeds; }
};

struct SpeedOutcome {
  double speed = 1;
  std::vector<MethodOutcome> methods;

  const MethodOutcome* find(Method method) const;  // nothing if it is not compared
  // Of those that reach the target with every seed.
  const MethodOutcome* best_gossip(std::size_t target) const;
  // The faster of the two kinds of Moshpit SGD; nothing if neither reaches it with every seed.
  const MethodOutcome* best_moshpit(std::size_t target) const;
  // So many times as long as that; nothing if one of the two does not reach it.
  std::optional<double> over_best_gossip(std::size_t target) const;
  std::optional<double> over_all_reduce(std::size_t target) const;
};

struct StudyOutcome {
  double all_reduce_accuracy = 0;  // homogeneous
  std::array<double, target_count> targets{};
  std::vector<SpeedOutcome> speeds;  // in the order of the plan
};

// When a curve first comes to the accuracy, straight between its points.
std::optional<CurvePoint> first_at(const std::vector<CurvePoint>& curve, double accuracy);

// Nothing if it was interrupted. `cluster_of` answers clusters by name and speed.
std::optional<StudyOutcome> run_study(
    const StudyPlan& plan, const std::function<Cluster(const std::string&, double)>& cluster_of,
    const RunAll& run_all);

}  // namespace moshpit
