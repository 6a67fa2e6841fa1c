#include "experiment/averaging_plan.hpp"

#include <array>
#include <fmt/format.h>
#include <optional>
#include <span>
#include <string>

namespace moshpit {
namespace {

template <class Kind>
struct Word {
  Kind kind;
  std::string_view word;
};

constexpr std::array algorithms{Word<Algorithm>{Algorithm::all_reduce, "all-reduce"},
                                Word<Algorithm>{Algorithm::gossip, "gossip"},
                                Word<Algorithm>{Algorithm::exponential, "exponential"},
                                Word<Algorithm>{Algorithm::push_sum, "push-sum"},
                                Word<Algorithm>{Algorithm::random_groups, "random-groups"},
                                Word<Algorithm>{Algorithm::moshpit, "moshpit"}};
constexpr std::array placements{Word<Placement>{Placement::fixed, "fixed"},
                                Word<Placement>{Placement::keys, "keys"}};
constexpr std::array failure_models{Word<FailureModel>{FailureModel::exclude, "exclude"},
                                    Word<FailureModel>{FailureModel::group_fail, "group-fail"}};

Error refusal(std::string message) {
  return Error(ErrorCode::invalid_argument, std::move(message));
}

template <class Kind, std::size_t Count>
Result<Kind> parse(const std::array<Word<Kind>, Count>& words, std::string_view option,
                   std::string_view asked) {
  std::string known;
  for (const auto& [kind, word] : words) {
    if (word == asked) return kind;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", word);
  }
  return refusal(fmt::format("there is no {} '{}': choose one of {}", option, asked, known));
}

template <class Kind, std::size_t Count>
std::string_view find_word(const std::array<Word<Kind>, Count>& words, Kind asked) {
  for (const auto& [kind, word] : words) {
    if (kind == asked) return word;
  }
  MOSHPIT_ASSERT(false);
  return {};
}

// A peer takes up to 100 bytes: beyond this no machine that we know has the memory.
constexpr std::uint64_t peers_limit = 100'000'000;
// The error of each round of each restart is kept, in 8 bytes.
constexpr std::uint64_t rounds_limit = 100'000'000;

std::optional<std::string> objection_to_peers(const AveragingPlan& plan) {
  if (plan.peers < 2 || plan.peers > peers_limit) {
    return fmt::format("{} peers: choose 2 to {}", plan.peers, peers_limit);
  }
  // With keys several groups share one, as in the product.
  if (plan.algorithm == Algorithm::moshpit && plan.placement == Placement::fixed &&
      plan.peers > plan.grid.places()) {
    return fmt::format(
        "{} peers do not fit on the {} places of the grid {}: choose a larger grid "
        "or fewer peers",
        plan.peers, plan.grid.places(), plan.grid.text());
  }
  if (plan.group_size < 2) {
    return fmt::format("groups of {} average nothing: choose a group size of 2 or more",
                       plan.group_size);
  }
  return std::nullopt;
}

// Written so that what is not a number does not pass either.
std::optional<std::string> objection_to_rounds(const AveragingPlan& plan) {
  if (!(plan.failure_rate >= 0 && plan.failure_rate <= 1)) {
    return fmt::format("a failure rate of {} is no probability: choose 0 to 1", plan.failure_rate);
  }
  if (!(plan.target > 0 && plan.target <= 1)) {
    return fmt::format(
        "a target of {} is no use: choose an error above 0 and at most 1, the error "
        "at the beginning",
        plan.target);
  }
  const std::uint64_t rounds = std::uint64_t{plan.rounds_max} * plan.restarts;
  if (rounds == 0 || rounds > rounds_limit) {
    return fmt::format(
        "{} restarts of {} rounds: choose at least 1 of each, and together at most "
        "{} rounds",
        plan.restarts, plan.rounds_max, rounds_limit);
  }
  return std::nullopt;
}

}  // namespace

Result<void> check(const AveragingPlan& plan) {
  if (const auto objection = objection_to_peers(plan)) return refusal(*objection);
  if (const auto objection = objection_to_rounds(plan)) return refusal(*objection);
  return {};
}

Result<Algorithm> parse_algorithm(std::string_view word) {
  return parse(algorithms, "algorithm", word);
}

Result<Placement> parse_placement(std::string_view word) {
  return parse(placements, "placement", word);
}

Result<FailureModel> parse_failure_model(std::string_view word) {
  return parse(failure_models, "failure model", word);
}

std::string_view word_of(Algorithm algorithm) { return find_word(algorithms, algorithm); }
std::string_view word_of(Placement placement) { return find_word(placements, placement); }
std::string_view word_of(FailureModel model) { return find_word(failure_models, model); }

}  // namespace moshpit
