// Advice: which grids are worth a look for a number of peers and a network, and how they compare.
//
// Pure. What a round costs is computed, how many rounds a step needs is measured: `candidates`
// says what to simulate, `settle` takes what came out.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "experiment/averaging_plan.hpp"
#include "experiment/round_cost.hpp"
#include "moshpit/result.hpp"

namespace moshpit {

struct AdvicePlan {
  std::uint64_t peers = 0;
  std::uint64_t vector_bytes = 0;
  NetworkCost network;
  double failure_rate = 0;
  double target = 1e-3;  // mean squared error, where the values' variance is 1
  std::uint64_t group_max = 32;
  std::uint64_t seed = 1;
};

struct Candidate {
  Grid grid;
  double filled = 1;  // peers / places
  RoundCost round;
  std::optional<std::uint32_t> rounds_in_theory;

  bool crowded() const { return filled > 1; }
};

// A candidate after its simulation.
struct Advised {
  Candidate candidate;
  double rounds_mean = 0;               // over the restarts
  std::optional<std::uint32_t> rounds;  // to take: enough for nearly every restart

  double seconds_per_step() const { return rounds.value_or(0) * candidate.round.seconds(); }
  double bytes_per_step() const { return rounds.value_or(0) * candidate.round.bytes_per_peer; }
};

// A restart that needs more is said not to come to the target.
constexpr std::uint32_t advice_rounds_max = 200;

// ErrorCode::invalid_argument with a sentence if there is no advice to be had.
Result<void> check(const AdvicePlan& plan);

// Grids of about as many places as peers and groups that are not too large; one group of all too.
std::vector<Grid> grids_for(std::uint64_t peers, std::uint64_t group_max);

// Those of them that theory likes best, of several dimensions, crowded ones and others. Requires of
// the following: check is ok.
std::vector<Candidate> candidates(const AdvicePlan& plan);

// Fewer for many peers, so that an answer takes about a minute at most.
std::uint32_t advice_restarts(std::uint64_t peers);

// What to simulate for a candidate: the product's keys, the exclude model.
AveragingPlan experiment_of(const AdvicePlan& plan, const Grid& grid);

// Requires: as many rounds as there were restarts; one that never came to the target has
// `advice_rounds_max` + 1.
Advised settle(const Candidate& candidate, std::vector<std::uint32_t> rounds);

// Of so many restarts, how many must have come to the target after the rounds that are taken.
std::size_t restarts_enough(std::size_t restarts);

// The quickest step first, crowded grids with a handicap; those that do not come to the target
// last.
void rank(std::vector<Advised>& advised);

}  // namespace moshpit
