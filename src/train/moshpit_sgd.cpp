#include "moshpit/moshpit_sgd.hpp"

#include <algorithm>
#include <utility>

namespace moshpit {
namespace {

// Rounds of the last step for each dimension of the grid. On a full grid one a dimension is exact; with holes the spread
// shrinks by (r-1)/(N-1) a round (paper.md, section 2), and six a dimension bring it below 1e-5 of what it was.
constexpr std::uint32_t closing_rounds = 6;

// Added to the samples behind a contribution, so that a step in which nobody had time to work still averages.
constexpr double least_weight = 1;

}  // namespace

MoshpitSgd::MoshpitSgd(Peer& peer, std::span<float> parameters)
    : peer_(peer),
      parameters_(parameters),
      carried_(parameters.begin(), parameters.end()),
      steps_begun_(peer.snapshot().step) {}

std::optional<StepReport> MoshpitSgd::after_step(double samples) {
  ++local_steps_;
  ++steps_since_;
  samples_since_ += samples;

  std::optional<StepReport> applied;
  if (under_way_ && under_way_->ready()) {
    applied = apply(std::exchange(under_way_, std::nullopt)->wait());
  }
  const bool due = steps_since_ >= peer_.plan().period || peer_.newest_step() > steps_begun_;
  if (!under_way_ && due && !finished()) begin_step();
  return applied;
}

// The work since the last step, and the memory of what was handed over.
StepRequest MoshpitSgd::request(std::uint32_t rounds) {
  snapshot_.assign(parameters_.begin(), parameters_.end());
  steps_given_ = local_steps_;
  StepRequest request;
  request.values = snapshot_;
  request.weight = samples_since_ + least_weight;
  request.rounds = rounds;
  return request;
}

void MoshpitSgd::begin_step() {
  under_way_ = peer_.average(request(0));
  steps_since_ = 0;
  samples_since_ = 0;
}

std::optional<StepReport> MoshpitSgd::apply(Result<StepOutcome> outcome) {
  if (!outcome) return std::nullopt;
  apply_outcome(*outcome, snapshot_, carried_, parameters_);
  steps_begun_ = outcome->report.step;
  peer_.offer_state({parameters_.begin(), parameters_.end()});
  return std::move(outcome->report);
}

bool MoshpitSgd::finished() const {
  const std::uint64_t last = peer_.plan().steps;
  if (last == 0 || under_way_) return false;
  const bool worked = local_steps_ >= (last - 1) * peer_.plan().period;
  return worked || std::max(steps_begun_ + 1, peer_.newest_step()) >= last;
}

Result<StepReport> MoshpitSgd::finish() {
  if (under_way_) apply(std::exchange(under_way_, std::nullopt)->wait());
  const std::uint32_t rounds = closing_rounds * peer_.plan().grid.dimensions();
  StepRequest last = request(rounds);
  last.step = peer_.plan().steps;
  auto outcome = peer_.average(std::move(last)).wait();
  if (!outcome) return outcome.error();
  return *apply(std::move(outcome));
}

}  // namespace moshpit
