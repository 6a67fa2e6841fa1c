#include "experiment/averaging_run.hpp"

namespace moshpit {

std::vector<std::uint64_t> restart_seeds(const AveragingPlan& plan) {
  Random random(plan.seed);
  std::vector<std::uint64_t> seeds(plan.restarts);
  for (std::uint64_t& seed : seeds) seed = random.next();
  return seeds;
}

AveragingRun::AveragingRun(const AveragingPlan& plan, std::uint64_t restart_seed)
    : random_(restart_seed),
      absences_(random_.fork()),
      values_(normal_values(plan.peers, random_)),
      initial_mean_(mean_of(values_)),
      attendance_(plan.peers, plan.failure_rate, plan.failure_model),
      method_(method_of(plan, values_, random_)) {}

AveragingRun::Method AveragingRun::method_of(const AveragingPlan& plan, const Values& values,
                                             Random& random) {
  switch (plan.algorithm) {
    case Algorithm::all_reduce:
      return AllReduce();
    case Algorithm::gossip:
      return RingGossip();
    case Algorithm::exponential:
      return ExponentialGraph();
    case Algorithm::push_sum:
      return PushSum(values);
    case Algorithm::random_groups:
      return RandomGroups(plan.peers, plan.group_size);
    case Algorithm::moshpit:
      break;
  }
  if (plan.placement == Placement::fixed) {
    return FixedGrid(plan.grid, distinct_places(plan.grid, plan.peers, random));
  }
  return MovingKeys(plan.grid, spread_places(plan.grid, plan.peers, random));
}

void AveragingRun::play_round() {
  attendance_.draw(absences_);
  const Round round{rounds_++, attendance_, random_};
  std::visit([&](auto& method) { method.average(round, values_); }, method_);
}

}  // namespace moshpit
