#include "experiment/advice.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>
#include <tuple>

#include "experiment/theory.hpp"
#include "moshpit/report.hpp"

namespace moshpit {
namespace {

// Grids with many more holes or many more peers than places only make rounds worse.
constexpr double fewest_places = 1.0 / 4;
constexpr double most_places = 8;
// A table that a person reads to its end, and that shows what other dimensions would cost.
constexpr std::size_t candidates_limit = 12;
constexpr std::ptrdiff_t roomy_of_one_dimension = 2;
constexpr std::ptrdiff_t crowded_of_one_dimension = 1;
// The mean is never exact on a crowded grid, and how well the leftovers of its groups are matched
// is the least certain of all: it must be so much quicker to be taken.
constexpr double crowded_handicap = 1.1;
// Of the restarts: a step that misses the target once in twenty times is worth no further round.
constexpr double nearly_every = .95;
// At least 3 up to 100,000 peers, tens for those that are usual.
constexpr std::uint64_t peers_times_restarts = 300'000;
constexpr std::uint64_t restarts_limit = 50;
// More take minutes.
constexpr std::uint64_t peers_limit = 1'000'000;

Error refusal(std::string message) {
  return Error(ErrorCode::invalid_argument, std::move(message));
}

std::optional<std::uint32_t> rounds_in_theory(const AdvicePlan& plan, const Grid& grid,
                                              const RoundCost& round) {
  if (plan.failure_rate == 0 && plan.peers == grid.places()) {
    return full_grid_rounds(grid, plan.target);
  }
  return mixing_rounds(plan.peers, round.groups, plan.failure_rate, plan.target);
}

Candidate price(const AdvicePlan& plan, const Grid& grid) {
  // The same seed for all, so that they are compared on the same peers.
  Random random(plan.seed);
  const auto bytes = static_cast<double>(plan.vector_bytes);
  const RoundCost round = round_cost(grid, plan.peers, bytes, plan.failure_rate, plan.network,
                                     advice_restarts(plan.peers), random);
  const double filled = static_cast<double>(plan.peers) / static_cast<double>(grid.places());
  return {grid, filled, round, rounds_in_theory(plan, grid, round)};
}

// Whatever theory gives up is last.
double seconds_in_theory(const Candidate& candidate) {
  return candidate.rounds_in_theory.value_or(2 * advice_rounds_max) * candidate.round.seconds();
}

// Requires: the best come first.
std::vector<Candidate> best_of_each_dimension(const std::vector<Candidate>& ranked) {
  std::vector<Candidate> best;
  for (const Candidate& candidate : ranked) {
    const auto alike = std::ranges::count_if(best, [&](const Candidate& chosen) {
      return chosen.grid.dimensions() == candidate.grid.dimensions() &&
             chosen.crowded() == candidate.crowded();
    });
    const auto limit = candidate.crowded() ? crowded_of_one_dimension : roomy_of_one_dimension;
    if (alike < limit) best.push_back(candidate);
    if (best.size() == candidates_limit) break;
  }
  return best;
}

}  // namespace

std::size_t restarts_enough(std::size_t restarts) {
  return static_cast<std::size_t>(std::ceil(nearly_every * static_cast<double>(restarts)));
}

Result<void> check(const AdvicePlan& plan) {
  if (plan.peers < 2 || plan.peers > peers_limit) {
    return refusal(fmt::format("{} peers: choose 2 to {}", plan.peers, peers_limit));
  }
  if (plan.vector_bytes == 0) return refusal("a vector of 0 bytes: say how large yours is");
  if (plan.group_max < 2 || plan.group_max > group_size_limit) {
    return refusal(
        fmt::format("groups of at most {}: choose 2 to {}", plan.group_max, group_size_limit));
  }
  if (!(plan.target > 0 && plan.target < 1)) {
    return refusal(
        fmt::format("a target of {} is no use: choose an error above 0 and below 1, the "
                    "error at the beginning",
                    plan.target));
  }
  if (!(plan.failure_rate >= 0 && plan.failure_rate < 1)) {
    return refusal(fmt::format(
        "with a failure rate of {} nobody averages: choose 0 or more, below 1", plan.failure_rate));
  }
  if (!(plan.network.latency >= 0 && std::isfinite(plan.network.latency))) {
    return refusal("the latency is no time: write milliseconds, as in 20");
  }
  const auto is_good = [](double bandwidth) { return bandwidth > 0 && std::isfinite(bandwidth); };
  if (!std::ranges::all_of(plan.network.bandwidths, is_good)) {
    return refusal("the bandwidth is none: write Mbit/s above 0, as in 100");
  }
  return {};
}

std::vector<Grid> grids_for(std::uint64_t peers, std::uint64_t group_max) {
  std::vector<Grid> grids;
  if (peers <= group_max) {
    grids.push_back(Grid::create(static_cast<std::uint32_t>(peers), 1).value());
  }
  const auto count = static_cast<double>(peers);
  for (std::uint32_t side = 2; side <= group_max; ++side) {
    for (std::uint32_t dimensions = 2;; ++dimensions) {
      const auto grid = Grid::create(side, dimensions);
      if (!grid || static_cast<double>(grid->places()) > most_places * count) break;
      if (static_cast<double>(grid->places()) >= fewest_places * count) grids.push_back(*grid);
    }
  }
  return grids;
}

std::vector<Candidate> candidates(const AdvicePlan& plan) {
  std::vector<Candidate> priced;
  for (const Grid& grid : grids_for(plan.peers, plan.group_max)) {
    priced.push_back(price(plan, grid));
  }
  std::ranges::stable_sort(priced, {}, seconds_in_theory);
  return best_of_each_dimension(priced);
}

std::uint32_t advice_restarts(std::uint64_t peers) {
  const std::uint64_t restarts =
      std::clamp<std::uint64_t>(peers_times_restarts / peers, 1, restarts_limit);
  return static_cast<std::uint32_t>(restarts);
}

AveragingPlan experiment_of(const AdvicePlan& plan, const Grid& grid) {
  AveragingPlan experiment;
  experiment.placement = Placement::keys;
  experiment.peers = plan.peers;
  experiment.grid = grid;
  experiment.failure_rate = plan.failure_rate;
  experiment.target = plan.target;
  experiment.rounds_max = advice_rounds_max;
  experiment.restarts = advice_restarts(plan.peers);
  experiment.seed = plan.seed;
  return experiment;
}

Advised settle(const Candidate& candidate, std::vector<std::uint32_t> rounds) {
  std::ranges::sort(rounds);
  const auto count = static_cast<double>(rounds.size());
  Advised advised{candidate, std::accumulate(rounds.begin(), rounds.end(), 0.0) / count, {}};
  const std::uint32_t taken = rounds[restarts_enough(rounds.size()) - 1];
  if (taken <= advice_rounds_max) advised.rounds = taken;
  return advised;
}

void rank(std::vector<Advised>& advised) {
  std::ranges::stable_sort(advised, {}, [](const Advised& one) {
    const double handicap = one.candidate.crowded() ? crowded_handicap : 1;
    return std::tuple(!one.rounds, handicap * one.seconds_per_step(), one.bytes_per_step());
  });
}

}  // namespace moshpit
