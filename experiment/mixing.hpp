// Mixing: how much one round in groups chosen at random contracts the error (theory.hpp has the
// exact factor).
//
// A pure machine. The factor is the same for all values, so they are drawn once, and what a trial
// draws is the partition.
#pragma once

#include <cstddef>
#include <cstdint>

#include "experiment/groups.hpp"
#include "moshpit/result.hpp"

namespace moshpit {

struct MixingPlan {
  std::uint64_t peers = 1024;
  std::uint64_t groups = 32;
  std::uint32_t trials = 1000;
  std::uint64_t seed = 1;
};

// ErrorCode::invalid_argument with a sentence if the plan cannot be run.
Result<void> check(const MixingPlan& plan);

class MixingTrials {
 public:
  // Requires: check(plan) is ok.
  explicit MixingTrials(const MixingPlan& plan);

  // A random partition into groups whose sizes differ by at most one. Returns the error after the
  // round as a share of the one before.
  double contraction();

 private:
  std::size_t groups_;
  Random random_;
  Values values_;
  double mean_;
  double error_;
};

}  // namespace moshpit
