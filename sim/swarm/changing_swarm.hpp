// ChangingSwarm: a swarm that grows and shrinks while it averages. At each size its grid gets some
// steps to follow; then the membership is frozen, everybody starts from N(0,1), and the rounds are
// counted until all hold the mean.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "moshpit/grid.hpp"
#include "moshpit/result.hpp"
#include "sim/options.hpp"

namespace moshpit::sim {

struct ChangingSwarmPlan {
  std::vector<std::size_t> sizes = {16, 32, 16};  // the peers there are, one after the other
  std::uint32_t largest_group = 16;
  std::uint64_t steps_to_adapt = 2;  // averaging steps after each change
  bool killed = false;               // who goes does not take leave
  std::uint64_t elements = 4;
  double target = 1e-6;  // mean squared distance to the mean
  std::uint32_t rounds_max = 50;
  Duration between_steps = std::chrono::seconds(10);
  NetworkModel network;
  std::size_t threads = 1;  // they change nothing but the time it takes
};

// ErrorCode::invalid_argument with a sentence if it cannot be run.
Result<void> check(const ChangingSwarmPlan& plan);

struct SizeOutcome {
  std::size_t peers = 0;
  Grid grid;                 // on which most of them are
  std::size_t on_it = 0;     // so many
  std::uint32_t rounds = 0;  // until the target was reached; rounds_max where that is not enough
  double error = 0;          // after the last round that all have ended
};

// The same seed gives the same. `done` is called after each size, and ends the run if it returns
// false.
std::vector<SizeOutcome> run_changing_swarm(const ChangingSwarmPlan& plan, std::uint64_t seed,
                                            const std::function<bool(const SizeOutcome&)>& done);

}  // namespace moshpit::sim
