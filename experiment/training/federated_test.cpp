#include "experiment/training/federated.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

#include "data/digits.hpp"

namespace moshpit {
namespace {

const auto to_the_end = [] { return true; };

FederatedPlan small() {
  FederatedPlan plan;
  plan.peers = 16;
  plan.batches = 120;
  plan.rate = 0.05;
  plan.departures = 2;
  plan.away = std::chrono::seconds(10);
  return plan;
}

TEST(Federated, PeersComeAndGoAndLearnAsMuchAsWithAServer) {
  const Dataset digits = draw_digits();
  FederatedPlan plan = small();
  const FederatedOutcome server = run_federated_averaging(plan, digits, to_the_end);
  EXPECT_GT(server.accuracy, 0.5);
  for (const auto mode : {TrainingMode::moshpit_sgd, TrainingMode::outer}) {
    plan.mode = mode;
    const FederatedOutcome peers = run_federated(plan, digits, to_the_end);
    EXPECT_GT(peers.died, 3u);
    EXPECT_GT(peers.left, 3u);
    EXPECT_GT(peers.came_back, 6u);
    EXPECT_LT(peers.present, 0.99);
    EXPECT_NEAR(peers.samples, server.samples, 0.01 * server.samples);
    // Of seeds 1 to 3 the furthest was 0.015 and 0.05 below the server's.
    const double margin = mode == TrainingMode::outer ? 0.08 : 0.04;
    EXPECT_GT(peers.accuracy, server.accuracy - margin) << static_cast<int>(mode);
  }
}

// Peers with one or two classes each that never averaged would know no others.
TEST(Federated, OneSidedDataAreLearntByAll) {
  const Dataset digits = draw_digits();
  FederatedPlan plan = small();
  plan.peers = 8;
  plan.concentration = 0.05;
  plan.departures = 0;
  const FederatedOutcome together = run_federated(plan, digits, to_the_end);
  plan.period = 1'000'000;
  const FederatedOutcome apart = run_federated(plan, digits, to_the_end);
  EXPECT_GT(together.accuracy, apart.own + 0.2);
  EXPECT_EQ(together.samples, apart.samples);
}

TEST(Federated, ARunIsRepeatable) {
  const Dataset digits = draw_digits();
  FederatedPlan plan = small();
  plan.peers = 8;
  plan.batches = 40;
  EXPECT_EQ(run_federated(plan, digits, to_the_end).accuracy,
            run_federated(plan, digits, to_the_end).accuracy);
}

}  // namespace
}  // namespace moshpit
