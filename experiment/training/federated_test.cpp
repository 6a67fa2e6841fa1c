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

// One run of these few batches is up to 0.05 more or less accurate than the next.
constexpr int seeds = 4;

// By how much the server's model is more accurate.
double lead_of_the_server(FederatedPlan plan, const Dataset& digits) {
  const FederatedOutcome server = run_federated_averaging(plan, digits, to_the_end);
  EXPECT_GT(server.accuracy, 0.5);
  const FederatedOutcome peers = run_federated(plan, digits, to_the_end);
  EXPECT_GT(peers.died, 3u);
  EXPECT_GT(peers.left, 3u);
  EXPECT_GT(peers.came_back, 6u);
  EXPECT_LT(peers.present, 0.99);
  EXPECT_NEAR(peers.samples, server.samples, 0.01 * server.samples);
  return server.accuracy - peers.accuracy;
}

TEST(Federated, PeersComeAndGoAndLearnAsMuchAsWithAServer) {
  const Dataset digits = draw_digits();
  for (const auto mode : {TrainingMode::moshpit_sgd, TrainingMode::outer}) {
    double lead = 0;
    for (int seed = 1; seed <= seeds; ++seed) {
      FederatedPlan plan = small();
      plan.mode = mode;
      plan.seed = static_cast<std::uint64_t>(seed);
      lead += lead_of_the_server(plan, digits) / seeds;
    }
    const double margin = mode == TrainingMode::outer ? 0.08 : 0.04;
    EXPECT_LT(lead, margin) << static_cast<int>(mode);
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
