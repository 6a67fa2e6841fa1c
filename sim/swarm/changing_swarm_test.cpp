// A grid that follows the number of peers, in swarms that grow and shrink.
#include "sim/swarm/changing_swarm.hpp"

#include <gtest/gtest.h>

namespace moshpit::sim {
namespace {

// At each size everybody is on the grid that fits, after two steps.
void expect_fitting_grids(const ChangingSwarmPlan& plan, std::uint64_t seed) {
  const auto outcomes = run_changing_swarm(plan, seed, [](const SizeOutcome&) { return true; });
  ASSERT_EQ(outcomes.size(), plan.sizes.size());
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const Grid fitting = Grid::fitting(plan.sizes[i], plan.largest_group);
    EXPECT_EQ(outcomes[i].grid.text(), fitting.text()) << outcomes[i].peers << " peers";
    EXPECT_EQ(outcomes[i].on_it, outcomes[i].peers);
    EXPECT_LT(outcomes[i].rounds, plan.rounds_max) << outcomes[i].peers << " peers";
    if (outcomes[i].peers == fitting.places()) {
      EXPECT_EQ(outcomes[i].rounds, fitting.dimensions()) << "a full grid is exact";
    }
  }
}

TEST(ChangingSwarm, ItsGridFollowsUpAndDown) {
  ChangingSwarmPlan plan;
  plan.sizes = {4, 9, 16, 25, 33, 16, 3};
  plan.largest_group = 6;
  plan.between_steps = std::chrono::seconds(1);
  expect_fitting_grids(plan, 1);
}

TEST(ChangingSwarm, ThreadsChangeNothing) {
  std::vector<double> errors;
  for (const std::size_t threads : {1, 2}) {
    ChangingSwarmPlan plan;
    plan.sizes = {4, 12, 5};
    plan.largest_group = 6;
    plan.between_steps = std::chrono::seconds(1);
    plan.threads = threads;
    const auto outcomes = run_changing_swarm(plan, 1, [](const SizeOutcome&) { return true; });
    for (const SizeOutcome& outcome : outcomes) errors.push_back(outcome.error);
  }
  ASSERT_EQ(errors.size(), 6u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(errors[i], errors[i + 3]);
}

TEST(ChangingSwarm, ItsGridFollowsTheDeathOfMany) {
  ChangingSwarmPlan plan;
  plan.sizes = {36, 16, 9};
  plan.largest_group = 6;
  plan.killed = true;
  plan.steps_to_adapt = 5;  // what both writers of a group wrote who died together counts longer
  expect_fitting_grids(plan, 2);
}

TEST(ChangingSwarm, ItsGridFollowsFarAwayPeers) {
  ChangingSwarmPlan plan;
  plan.sizes = {6, 20, 7};
  plan.largest_group = 5;
  plan.network.latency_min = std::chrono::milliseconds(20);
  plan.network.latency_max = std::chrono::milliseconds(150);
  plan.network.loss = 0.01;
  expect_fitting_grids(plan, 3);
}

// Whoever counts looks at the roll of a step when several later ones have begun.
TEST(ChangingSwarm, ItsGridFollowsWhileStepsAreShort) {
  ChangingSwarmPlan plan;
  plan.sizes = {2, 5, 2};
  plan.largest_group = 3;
  plan.steps_to_adapt = 50;
  plan.between_steps = std::chrono::milliseconds(100);
  expect_fitting_grids(plan, 5);
}

TEST(ChangingSwarm, ItIsTheSameForTheSameSeed) {
  ChangingSwarmPlan plan;
  plan.sizes = {4, 7, 5};
  const auto all = [](const SizeOutcome&) { return true; };
  const auto once = run_changing_swarm(plan, 4, all);
  const auto again = run_changing_swarm(plan, 4, all);
  for (std::size_t i = 0; i < once.size(); ++i) EXPECT_EQ(once[i].rounds, again[i].rounds);
}

}  // namespace
}  // namespace moshpit::sim
