#include "app/simulate/advice_text.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "experiment/theory.hpp"

namespace moshpit {
namespace {

std::string megabytes(double bytes) { return fmt::format("{:.4g} MB", bytes / 1e6); }

std::string seconds(double seconds) { return fmt::format("{:.3g} s", seconds); }

std::string rounds_text(std::uint32_t rounds) {
  return rounds == 1 ? "1 round" : fmt::format("{} rounds", rounds);
}

std::string table_line(const AdvicePlan& plan, const Advised& one) {
  const Candidate& candidate = one.candidate;
  const auto theory = candidate.rounds_in_theory;
  // A hypercube of many dimensions would not fit.
  const Grid& grid = candidate.grid;
  const std::string shape =
      grid.dimensions() > 5 ? fmt::format("{}^{}", grid.side(), grid.dimensions()) : grid.text();
  const std::string begin =
      fmt::format("  {:<14} {:>8} {:>7.0f} % {:>7.1f} {:>7} {:>9.3g}", shape, grid.places(),
                  100 * candidate.filled(plan.peers), one.rounds_mean,
                  theory ? fmt::format("{}", *theory) : "-", candidate.round.seconds());
  if (!one.rounds) return begin + fmt::format("   not within {} rounds", advice_rounds_max);
  return begin + fmt::format(" {:>7} {:>9.3g} {:>10.4g}", *one.rounds, one.seconds_per_step(),
                             one.bytes_per_step() / 1e6);
}

std::string why_so_many_rounds(const AdvicePlan& plan, const Advised& best) {
  const Candidate& candidate = best.candidate;
  const Grid& grid = candidate.grid;
  const std::string measured = fmt::format(
      "Simulated {} times with the product's keys, 95 % come to an error of {:g} within "
      "{} (the mean is {:.1f}).",
      advice_restarts(plan.peers), plan.target, rounds_text(*best.rounds), best.rounds_mean);
  if (plan.failure_rate == 0 && plan.peers == grid.places()) {
    return fmt::format(
        "Rounds: the grid is full and nobody fails, so the mean is exact after {}, "
        "one for each dimension. {}",
        rounds_text(grid.dimensions()), measured);
  }
  const double alone = plan.failure_rate * static_cast<double>(plan.peers);
  const double factor = (candidate.round.groups + alone - 1) / static_cast<double>(plan.peers - 1);
  return fmt::format(
      "Rounds: {} peers on {} places form {:.0f} groups a round{}. If chance alone mixed them, "
      "each "
      "round would leave (r-1)/(N-1) = {:.3g} of the error{}. {}",
      plan.peers, grid.places(), candidate.round.groups,
      plan.failure_rate > 0 ? fmt::format(", and {:.0f} are absent", alone) : "", factor,
      plan.failure_rate > 0 ? ", an absent peer being a group of one" : "", measured);
}

std::string why_so_long(const AdvicePlan& plan, const Advised& best) {
  const RoundCost& round = best.candidate.round;
  return fmt::format(
      "Seconds: in a group of M a peer sends and receives 2(M-1)/M of the vector, {} on the mean, "
      "which takes the slowest group {}; {} latencies of {:g} ms ({} for matching, {} for the "
      "all-reduce, as measured in the simulated world) add {}.",
      megabytes(round.bytes_per_peer), seconds(round.transfer_seconds),
      matching_latencies + reducing_latencies, 1000 * plan.network.latency, matching_latencies,
      reducing_latencies, seconds(round.latency_seconds));
}

std::string about_unequal_lines(const RoundCost& round) {
  return fmt::format(
      "Lines: that is with slices balanced by bandwidth, where {:.0f} % of the peers are too slow "
      "to own one. With equal slices, as the product cuts them today, a round takes {} (all "
      "candidates are compared with balanced ones).",
      100 * round.peers_without_slice, seconds(round.latency_seconds + round.equal_slices_seconds));
}

// The best of the others, preferably of another number of dimensions: that is the choice that
// matters.
std::string instead(const std::vector<Advised>& ranked) {
  const Advised& best = ranked.front();
  auto other = std::ranges::find_if(ranked, [&](const Advised& one) {
    return one.candidate.grid.dimensions() != best.candidate.grid.dimensions();
  });
  if (other == ranked.end() || !other->rounds) return {};
  const double extra = other->seconds_per_step() / best.seconds_per_step() - 1;
  return fmt::format(
      "Instead: with {} dimension{} the best is {}, whose {} of {} take {:.0f} % longer.",
      other->candidate.grid.dimensions(), other->candidate.grid.dimensions() == 1 ? "" : "s",
      other->candidate.grid.text(), rounds_text(*other->rounds),
      seconds(other->candidate.round.seconds()), 100 * extra);
}

std::string about_all_reduce(const AdvicePlan& plan) {
  const double tries = all_reduce_tries(plan.peers, plan.failure_rate);
  const std::string count =
      tries < 1e6 ? fmt::format("{:.3g}", tries) : std::string("more than a million");
  return fmt::format(
      "All-reduce: where any loss voids it, one over all {} peers succeeds after (1-p)^-N = {} "
      "tries on the mean.",
      plan.peers, count);
}

}  // namespace

std::string advice_sentence(const AdvicePlan& plan, const Advised& best) {
  const Grid& grid = best.candidate.grid;
  const std::string kind = grid.dimensions() == 1
                               ? "which is one all-reduce over all"
                               : fmt::format("groups of at most {}", grid.side());
  return fmt::format(
      "Take the grid {}, {}, and {} an averaging step: {} for {} peers, and {} each way for each.",
      grid.text(), kind, rounds_text(*best.rounds), seconds(best.seconds_per_step()), plan.peers,
      megabytes(best.bytes_per_step()));
}

std::string advice_table(const AdvicePlan& plan, const std::vector<Advised>& ranked) {
  std::string table =
      "                                    rounds           seconds   rounds   seconds     MB a "
      "peer\n"
      "  grid             places    filled    mean  theory   a round  a step    a step     a step";
  for (const Advised& one : ranked) table += "\n" + table_line(plan, one);
  return table;
}

std::vector<std::string> advice_reasons(const AdvicePlan& plan,
                                        const std::vector<Advised>& ranked) {
  const Advised& best = ranked.front();
  const RoundCost& round = best.candidate.round;
  std::vector<std::string> reasons{why_so_many_rounds(plan, best), why_so_long(plan, best)};
  if (round.equal_slices_seconds > 1.001 * round.transfer_seconds) {
    reasons.push_back(about_unequal_lines(round));
  }
  if (auto other = instead(ranked); !other.empty()) reasons.push_back(std::move(other));
  if (plan.failure_rate > 0) reasons.push_back(about_all_reduce(plan));
  return reasons;
}

}  // namespace moshpit
