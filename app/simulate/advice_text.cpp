#include "app/simulate/advice_text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>

#include "experiment/theory.hpp"

namespace moshpit {
namespace {

constexpr std::size_t columns = 100;

std::string megabytes(double bytes) { return fmt::format("{:.4g} MB", bytes / 1e6); }

std::string seconds(double seconds) { return fmt::format("{:.3g} s", seconds); }

std::string count_of(std::uint64_t count, const char* thing) {
  return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

// As a point of a list, in lines that a terminal shows whole and that begin below one another.
std::string point(std::string_view sentence) {
  std::string text = "-";
  std::size_t column = text.size();
  while (!sentence.empty()) {
    const std::string_view word = sentence.substr(0, sentence.find(' '));
    sentence.remove_prefix(std::min(word.size() + 1, sentence.size()));
    if (column + 1 + word.size() > columns) {
      text += "\n ";
      column = 1;
    }
    text += fmt::format(" {}", word);
    column += 1 + word.size();
  }
  return text;
}

// A hypercube of many dimensions would fill the line.
std::string short_text(const Grid& grid) {
  if (grid.dimensions() <= 5) return grid.text();
  return fmt::format("{}^{}", grid.side(), grid.dimensions());
}

std::string table_line(const Advised& one) {
  const Candidate& candidate = one.candidate;
  const auto theory = candidate.rounds_in_theory;
  const std::string begin =
      fmt::format("  {:<14} {:>8} {:>6.0f} % {:>7.1f} {:>7} {:>8.3g}", short_text(candidate.grid),
                  candidate.grid.places(), 100 * candidate.filled, one.rounds_mean,
                  theory ? fmt::format("{}", *theory) : "-", candidate.round.seconds());
  if (!one.rounds) return begin + fmt::format("   not within {} rounds", advice_rounds_max);
  return begin + fmt::format(" {:>7} {:>8.3g} {:>8.4g}", *one.rounds, one.seconds_per_step(),
                             one.bytes_per_step() / 1e6);
}

std::string theory_of_rounds(const AdvicePlan& plan, const Candidate& candidate) {
  const Grid& grid = candidate.grid;
  if (plan.failure_rate == 0 && plan.peers == grid.places()) {
    return fmt::format(
        "the grid is full and nobody fails, so that the mean is exact after {}, one for each "
        "dimension",
        count_of(grid.dimensions(), "round"));
  }
  const double absent = plan.failure_rate * static_cast<double>(plan.peers);
  const double alone = candidate.round.groups + absent;
  std::string text = fmt::format("{} peers on {} places form {:.3g} groups on the mean", plan.peers,
                                 grid.places(), candidate.round.groups);
  if (absent > 0) text += fmt::format(", and {:.2g} are absent, each a group of its own", absent);
  return text + fmt::format(
                    "; if chance alone mixed them, a round would leave (r-1)/(N-1) = {:.3g} of the "
                    "error",
                    (alone - 1) / static_cast<double>(plan.peers - 1));
}

std::string why_so_many_rounds(const AdvicePlan& plan, const Advised& best) {
  const std::uint32_t restarts = advice_restarts(plan.peers);
  return fmt::format(
      "Rounds: {}. Simulated with the product's keys, at least {} of {} came to an error of {:g} "
      "within {} (the mean is {:.1f}).",
      theory_of_rounds(plan, best.candidate), restarts_enough(restarts),
      count_of(restarts, "restart"), plan.target, count_of(*best.rounds, "round"),
      best.rounds_mean);
}

std::string why_so_long(const AdvicePlan& plan, const Advised& best) {
  const RoundCost& round = best.candidate.round;
  std::string text = fmt::format(
      "Seconds: in a group of M a peer sends and receives 2(M-1)/M of the vector, {} on the mean, "
      "which takes the slowest group {}; {} latencies of {:g} ms ({} for matching, {} for the "
      "all-reduce, as measured in the simulated world) add {}",
      megabytes(round.bytes_per_peer), seconds(round.transfer_seconds),
      matching_latencies + reducing_latencies, 1000 * plan.network.latency, matching_latencies,
      reducing_latencies, seconds(round.latency_seconds));
  if (round.waiting_seconds > 0) {
    text += fmt::format(", and incomplete groups wait {} for more peers",
                        seconds(round.waiting_seconds));
  }
  return text + ".";
}

std::string about_unequal_lines(const RoundCost& round) {
  return fmt::format(
      "Lines: that is with slices balanced by bandwidth, where {:.0f} % of the peers are too slow "
      "to own one. With equal slices a round takes {}.",
      100 * round.peers_without_slice,
      seconds(round.overhead_seconds() + round.equal_slices_seconds));
}

// Nothing if there is none.
template <class Condition>
const Advised* best_with(const std::vector<Advised>& ranked, Condition condition) {
  const auto found = std::ranges::find_if(
      ranked, [&](const Advised& one) { return one.rounds && condition(one.candidate); });
  return found == ranked.end() ? nullptr : &*found;
}

std::string described(const Advised& one) {
  return fmt::format("{} ({} of {}: {} a step)", short_text(one.candidate.grid),
                     count_of(*one.rounds, "round"), seconds(one.candidate.round.seconds()),
                     seconds(one.seconds_per_step()));
}

// Of another number of dimensions: that is the choice that matters.
void add_alternative(const std::vector<Advised>& ranked, std::vector<std::string>& reasons) {
  const std::uint32_t dimensions = ranked.front().candidate.grid.dimensions();
  const Advised* other = best_with(ranked, [&](const Candidate& candidate) {
    return !candidate.crowded() && candidate.grid.dimensions() != dimensions;
  });
  if (!other) return;
  reasons.push_back(
      fmt::format("Instead: the best of another number of dimensions is {}.", described(*other)));
}

void add_crowd(const std::vector<Advised>& ranked, std::vector<std::string>& reasons) {
  const Advised& best = ranked.front();
  const Advised* roomy = best_with(ranked, [](const auto& one) { return !one.crowded(); });
  const Advised* crowded = best_with(ranked, [](const auto& one) { return one.crowded(); });
  const std::string danger =
      "where there are more peers than places, several groups share a key and the mean is never "
      "exact";
  if (best.candidate.crowded()) {
    reasons.push_back(
        "Crowd: " + danger + "; it is quicker all the same." +
        (roomy ? " The best with a place for each is " + described(*roomy) + "." : std::string()));
  } else if (crowded && crowded->seconds_per_step() < best.seconds_per_step()) {
    reasons.push_back(
        fmt::format("Crowd: {} would be a little quicker, but {}.", described(*crowded), danger));
  }
}

std::string about_all_reduce(const AdvicePlan& plan) {
  const double tries = all_reduce_tries(plan.peers, plan.failure_rate);
  const std::string count =
      tries < 1e6 ? fmt::format("{:.{}f}", tries, tries < 10 ? 1 : 0) : "more than a million";
  return fmt::format(
      "All-reduce: where any loss voids it, one over all {} peers takes (1-p)^-N = {} tries on the "
      "mean.",
      plan.peers, count);
}

}  // namespace

std::string advice_sentence(const Advised& best) {
  const Grid& grid = best.candidate.grid;
  const std::string kind = grid.dimensions() == 1
                               ? "one all-reduce over all"
                               : fmt::format("groups of at most {}", grid.side());
  return fmt::format(
      "Take the grid {}, {}, and {} an averaging step: {}, and {} each way for each peer.",
      grid.text(), kind, count_of(*best.rounds, "round"), seconds(best.seconds_per_step()),
      megabytes(best.bytes_per_step()));
}

std::string advice_table(const std::vector<Advised>& ranked) {
  std::string table =
      "                                     rounds   seconds  rounds  seconds     MB a\n"
      "  grid             places   filled    mean  theory  a round  a step   a step   peer, step";
  for (const Advised& one : ranked) table += "\n" + table_line(one);
  return table;
}

std::vector<std::string> advice_reasons(const AdvicePlan& plan,
                                        const std::vector<Advised>& ranked) {
  const Advised& best = ranked.front();
  const RoundCost& round = best.candidate.round;
  std::vector<std::string> reasons{why_so_many_rounds(plan, best), why_so_long(plan, best)};
  // Equal lines differ by rounding only.
  if (round.equal_slices_seconds > 1.001 * round.transfer_seconds) {
    reasons.push_back(about_unequal_lines(round));
  }
  add_alternative(ranked, reasons);
  add_crowd(ranked, reasons);
  if (plan.failure_rate > 0) reasons.push_back(about_all_reduce(plan));
  for (std::string& reason : reasons) reason = point(reason);
  return reasons;
}

}  // namespace moshpit
