// AveragingPlan: one averaging experiment of the paper, in the words of the command line.
//
// Pure value. Requires, of everything that takes a plan: check(plan) is ok.
#pragma once

#include <cstdint>
#include <string_view>

#include "experiment/attendance.hpp"
#include "moshpit/grid.hpp"
#include "moshpit/result.hpp"

namespace moshpit {

enum class Algorithm { all_reduce, gossip, exponential, push_sum, random_groups, moshpit };

enum class Placement {
  fixed,  // a place for ever; the axis turns each round
  keys,   // a place gives the first key; keys move as in the product
};

struct AveragingPlan {
  Algorithm algorithm = Algorithm::moshpit;
  Placement placement = Placement::fixed;  // of Moshpit
  std::uint64_t peers = 1024;
  Grid grid = Grid::create(32, 2).value();  // of Moshpit
  std::uint64_t group_size = 32;            // of random groups
  double failure_rate = 0;                  // chance of each peer to be absent from each round
  FailureModel failure_model = FailureModel::exclude;
  double target = 1e-9;  // mean squared error around the initial mean
  std::uint32_t rounds_max = 50;
  std::uint32_t restarts = 100;
  std::uint64_t seed = 1;
};

// ErrorCode::invalid_argument with a sentence if the plan cannot be run.
Result<void> check(const AveragingPlan& plan);

// "push-sum", "keys", "group-fail". ErrorCode::invalid_argument names the words that there are.
Result<Algorithm> parse_algorithm(std::string_view word);
Result<Placement> parse_placement(std::string_view word);
Result<FailureModel> parse_failure_model(std::string_view word);

std::string_view word_of(Algorithm algorithm);
std::string_view word_of(Placement placement);
std::string_view word_of(FailureModel model);

}  // namespace moshpit
