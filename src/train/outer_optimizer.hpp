// OuterOptimizer: where the parameters of all peers stood when they were last averaged, and
// Nesterov's method on what local steps have made of them since (DiLoCo, arXiv 2311.08105,
// algorithm 1). Pure.
//
// Differences from DiLoCo: changes are weighted by the samples behind them; local steps go on
// beside the averaging and survive it; and a peer whose change came too late keeps it and
// contributes it next time.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "moshpit/peer.hpp"

namespace moshpit {

class OuterOptimizer {
 public:
  OuterOptimizer(std::span<const float> parameters, double rate, double momentum);

  std::span<float> anchor() { return anchor_; }
  std::span<float> velocity() { return velocity_; }

  // The outer gradient: what local steps have taken away from the anchor.
  void change(std::span<const float> parameters, std::span<float> out) const;

  // Takes the mean change of a step that was given the change of `snapshot`, and brings the
  // parameters to the new anchor with the work that is not in it. Of chunks that no round averaged
  // nothing moves, unless `lone`: then this peer's change is the mean. All have the length of the
  // anchor; the first elements of the outcome are the change.
  void take(const StepOutcome& outcome, bool lone, std::span<const float> snapshot,
            std::span<float> parameters);

 private:
  std::vector<float> anchor_;
  std::vector<float> velocity_;
  double rate_;
  double momentum_;
};

}  // namespace moshpit
