// AveragingRun: one restart of the experiment, from N(0,1) values to wherever the rounds lead.
//
// A pure machine. Restarts share nothing: any thread may run any of them, in any order, with the
// same figures. The values and the absences of a restart depend on its seed and on the number of
// peers only, so that algorithms are compared on the same ones.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "experiment/averaging_plan.hpp"
#include "experiment/baselines.hpp"
#include "experiment/moshpit_grid.hpp"

namespace moshpit {

// One seed for each restart of the plan.
std::vector<std::uint64_t> restart_seeds(const AveragingPlan& plan);

class AveragingRun {
 public:
  AveragingRun(const AveragingPlan& plan, std::uint64_t restart_seed);

  void play_round();

  // Around the mean of the initial values.
  double error() const { return mean_squared_error(values_, initial_mean_); }

 private:
  using Method = std::variant<AllReduce, RingGossip, ExponentialGraph, PushSum, RandomGroups,
                              FixedGrid, MovingKeys>;

  static Method method_of(const AveragingPlan& plan, const Values& values, Random& random);

  Random random_;
  Random absences_;
  Values values_;
  double initial_mean_;
  Attendance attendance_;
  Method method_;
  std::uint32_t rounds_ = 0;
};

}  // namespace moshpit
