#include "reduce/debt.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "base/assert.hpp"
#include "reduce/partition.hpp"

namespace moshpit {
namespace {

// A step may weigh so many times less than the ones before and still pay for them: peers differ in
// speed by that much. A newcomer that only listens weighs nothing, or next to it.
constexpr double most_times_lighter = 16;

void multiply(std::span<float> values, double factor) {
  for (float& value : values) value = static_cast<float>(value * factor);
}

std::span<float> chunk_of(std::vector<float>& values, const ChunkLayout& layout,
                          std::size_t chunk) {
  return std::span(values).subspan(layout.begin(chunk), layout.size(chunk));
}

}  // namespace

void Debt::pay_with(WeightedVector& vector) {
  const ChunkLayout layout(vector.values.size());
  if (owed_.size() != layout.elements()) owed_.clear();
  const double heaviest = owed_.empty() ? 0 : std::ranges::max(weights_);
  // Others refuse what weighs less than nothing; here it is to do no harm.
  const double weight = vector.weights.empty() ? 0 : std::max(vector.weights.front(), 0.0);
  waits_ = heaviest > most_times_lighter * weight;
  if (owed_.empty() || waits_) return vector.residuals.assign(layout.elements(), 0.0f);
  for (std::size_t chunk = 0; chunk < layout.count(); ++chunk) {
    const double times_heavier = weight > 0 ? weights_[chunk] / weight : 0;
    if (times_heavier != 1) multiply(chunk_of(owed_, layout, chunk), times_heavier);
  }
  vector.residuals = std::exchange(owed_, {});
}

void Debt::take_back(WeightedVector& vector) {
  if (waits_) return add(vector);
  owed_ = std::move(vector.residuals);
  weights_ = vector.weights;
}

void Debt::add(const WeightedVector& vector) {
  const ChunkLayout layout(owed_.size());
  MOSHPIT_ASSERT(vector.residuals.size() == owed_.size());
  for (std::size_t chunk = 0; chunk < layout.count(); ++chunk) {
    const bool weightless = weights_[chunk] == 0;
    if (weightless) weights_[chunk] = vector.weights[chunk];
    const double kept = weightless ? 0 : 1;
    const double share = weights_[chunk] > 0 ? vector.weights[chunk] / weights_[chunk] : 0;
    for (std::size_t i = layout.begin(chunk); i < layout.end(chunk); ++i) {
      owed_[i] = static_cast<float>(kept * owed_[i] + share * vector.residuals[i]);
    }
  }
}

}  // namespace moshpit
