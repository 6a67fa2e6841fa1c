#include "train/outer_optimizer.hpp"

#include "base/assert.hpp"

namespace moshpit {

OuterOptimizer::OuterOptimizer(std::span<const float> parameters, double rate, double momentum)
    : anchor_(parameters.begin(), parameters.end()),
      velocity_(parameters.size()),
      rate_(rate),
      momentum_(momentum) {}

void OuterOptimizer::change(std::span<const float> parameters, std::span<float> out) const {
  MOSHPIT_ASSERT(parameters.size() == anchor_.size() && out.size() == anchor_.size());
  for (std::size_t i = 0; i < anchor_.size(); ++i) out[i] = anchor_[i] - parameters[i];
}

void OuterOptimizer::take(const StepOutcome& outcome, bool lone, std::span<const float> snapshot,
                          std::span<float> parameters) {
  MOSHPIT_ASSERT(parameters.size() == anchor_.size() && snapshot.size() == anchor_.size());
  for (std::size_t i = 0; i < anchor_.size(); ++i) {
    const ChunkOutcome chunk = outcome.chunks[i / outcome.chunk_elements];
    if (chunk == ChunkOutcome::kept && !lone) continue;
    const float from = chunk == ChunkOutcome::left_out ? anchor_[i] : snapshot[i];
    const float work = parameters[i] - from;  // that is not in the mean
    const double mean = outcome.values[i];
    const double velocity = momentum_ * velocity_[i] + mean;
    velocity_[i] = static_cast<float>(velocity);
    anchor_[i] = static_cast<float>(anchor_[i] - rate_ * (mean + momentum_ * velocity));
    parameters[i] = anchor_[i] + work;
  }
}

}  // namespace moshpit
