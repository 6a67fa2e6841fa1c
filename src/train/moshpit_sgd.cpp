#include "moshpit/moshpit_sgd.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace moshpit {
namespace {

// The closing steps, without local work between them. On a full grid the first is exact; with holes
// each shrinks the spread (paper.md, section 2: by (r-1)/(N-1) a round at best), and eight bring it
// below 1e-3 of what it was.
constexpr std::uint64_t closing_steps = 8;

// Whoever has made its local steps calls the others to the last averaging step and waits this long
// for them: a local step of a slow device, and the rounds that it is in.
constexpr Duration meeting_takes = std::chrono::seconds(60);

// Added to the samples behind a contribution, so that a step in which nobody had time to work still
// averages.
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
  const bool far_ahead = steps_since_ >= peer_.plan().period;
  if (under_way_ && (far_ahead || under_way_->ready())) {
    applied = apply(std::exchange(under_way_, std::nullopt)->wait());
  }
  const bool due = steps_since_ >= peer_.plan().period || peer_.newest_step() > steps_begun_;
  if (!under_way_ && due && !finished()) begin_step();
  return applied;
}

// The work since the last step, and the memory of what was handed over.
StepRequest MoshpitSgd::request() {
  snapshot_.assign(parameters_.begin(), parameters_.end());
  steps_given_ = local_steps_;
  StepRequest request;
  request.values = snapshot_;
  request.weight = samples_since_ + least_weight;
  return request;
}

void MoshpitSgd::begin_step() {
  under_way_ = peer_.average(request());
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
  const std::uint64_t called_to = peer_.plan().steps;
  peer_.meet(called_to, meeting_takes);
  std::optional<StepReport> last;
  while (!last || steps_begun_ < called_to + closing_steps) {
    StepRequest closing = request();
    closing.step = called_to + 1;
    closing.unhurried = true;
    auto outcome = peer_.average(std::move(closing)).wait();
    if (!outcome) return outcome.error();
    last = apply(std::move(outcome));
  }
  return *std::move(last);
}

}  // namespace moshpit
