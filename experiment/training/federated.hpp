// Federated learning: peers that keep their data, each with classes of its own, most of them behind
// home routers, that leave, die and come back, train one model. The product does it without a
// server, in the simulated world with real gradients; FedAvg (McMahan et al. 2017, arXiv
// 1602.05629, algorithm 1) with a server that nobody ever leaves is what it is compared with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "data/dataset.hpp"
#include "data/shard.hpp"
#include "model/sgd.hpp"
#include "moshpit/run_plan.hpp"
#include "moshpit/time.hpp"

namespace moshpit {

struct FederatedPlan {
  std::size_t peers = 36;
  double concentration = 0.5;  // of the Dirichlet split by class: small is one-sided
  double outbound_only = 0.8;  // share of the peers that accept no connections
  double departures = 2;       // of each peer in the run, on the mean: half say farewell, half die
  Duration away = std::chrono::seconds(20);  // until it is back with the same data, on the mean
  std::size_t batches = 400;                 // of a peer that is always there, 1 s each
  std::size_t batch = 16;
  std::uint32_t period = 8;  // local steps between averaging steps, or on the way to the server
  std::uint32_t hidden = 32;
  double rate = 0.1;
  TrainingMode mode = TrainingMode::moshpit_sgd;
  std::uint64_t seed = 1;

  std::uint64_t samples() const { return peers * batches * batch; }
};

struct FederatedPoint {
  double samples = 0;
  double accuracy = 0;  // on the test set, of the mean of the parameters of all who are there
};

struct FederatedOutcome {
  std::vector<FederatedPoint> curve;
  double accuracy = 0;  // at the end
  double own = 0;       // mean of the peers' own accuracies then, each with its latest local steps
  std::uint64_t samples = 0;
  std::uint64_t died = 0;
  std::uint64_t left = 0;
  std::uint64_t came_back = 0;  // that trained again
  double present = 1;           // share of the peers that trained, on the mean
  std::uint64_t averaging_steps = 0;
};

// What local steps are made with: plain SGD, which leaves nothing behind between two rounds.
inline constexpr SgdOptions federated_optimizer{.momentum = 0};

// The examples of each peer.
std::vector<Shard> federated_shards(const FederatedPlan& plan, const Dataset& data);
// Whether the run has come to the next point of its curve.
bool look_is_due(const FederatedPlan& plan, const FederatedOutcome& outcome);

// `go_on`: asked now and then; ends the run if it returns false.
// Requires: two peers or more, no more than examples to train on; one that accepts connections.
FederatedOutcome run_federated(const FederatedPlan& plan, const Dataset& data,
                               const std::function<bool()>& go_on);
// All peers take part in all rounds, each from the server's parameters; plan.mode and whatever is
// said of departures and connections mean nothing here.
FederatedOutcome run_federated_averaging(const FederatedPlan& plan, const Dataset& data,
                                         const std::function<bool()>& go_on);

}  // namespace moshpit
