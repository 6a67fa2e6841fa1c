// The part of the reducer that reads and writes this member's own vector: what it contributes, what
// it takes back, and what it owes from then on.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

#include "base/assert.hpp"
#include "reduce/chunk_values.hpp"
#include "reduce/reducer.hpp"

namespace moshpit {
namespace {

// Sums of finite values that went beyond the largest float.
void bound(std::span<const float> values, std::span<float> sums) {
  constexpr float largest = std::numeric_limits<float>::max();
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (std::isfinite(values[i])) sums[i] = std::clamp(sums[i], -largest, largest);
  }
}

}  // namespace

// To the chunk's author, which may be this member.
void Reducer::contribute(std::size_t chunk) {
  const std::size_t author = ballots_.author(chunk);
  if (author == plan_.self) return contribute_own(chunk);
  if (chunks_[chunk].contributed == author) return;
  outboxes_[author].contributions.push_back(chunk);
  ++offered_;
}

// Its values, or their sum with what it still owes, which is good until the next one is asked for.
std::span<const float> Reducer::contribution(std::size_t chunk) {
  const std::size_t begin = layout_.begin(chunk);
  const auto values = std::span(vector_->values).subspan(begin, layout_.size(chunk));
  if (vector_->residuals.empty()) return values;
  const auto residuals = std::span(vector_->residuals).subspan(begin, values.size());
  sum_.resize(values.size());
  add_values(values, residuals, sum_);
  if (!all_finite(Codec::fp32, std::as_bytes(std::span(sum_)), sum_.size())) bound(values, sum_);
  return sum_;
}

// Nothing is rounded off on the way to itself. What holds for others holds for this member's own
// values: a model that has diverged here must not spoil the mean.
void Reducer::contribute_own(std::size_t chunk) {
  const ByteView values = std::as_bytes(contribution(chunk));
  const double weight = vector_->weights[chunk];
  if (is_allowed(weight) && all_finite(Codec::fp32, values, layout_.size(chunk))) {
    Bytes frame;
    if (!vector_->residuals.empty()) append(frame, values);
    chunks_[chunk].collection.add(plan_.self, std::move(frame), {weight, values});
  } else {
    lose(plan_.self, LossReason::refused,
         fmt::format("this peer's own chunk {} is not finite or has a weight out of range", chunk));
  }
}

Bytes Reducer::encoded_contribution(std::size_t chunk) {
  ChunkHeader header;
  header.codec = plan_.codec;
  header.round = plan_.id;
  header.chunk = static_cast<std::uint32_t>(chunk);
  header.sender = static_cast<std::uint16_t>(plan_.self);
  header.weight = vector_->weights[chunk];
  return encode_chunk(header, contribution(chunk));
}

void Reducer::assign(WeightedVector& vector) {
  MOSHPIT_ASSERT(settled() && vector.values.size() == layout_.elements());
  const auto values = std::span(vector.values);
  for (std::size_t chunk = 0; chunk < chunks_.size(); ++chunk) {
    if (!averaged(chunk)) continue;
    const auto result = decode_chunk(chunks_[chunk].result.view());
    if (!vector.residuals.empty()) owe(chunk, result->header, vector);
    decode_values(*result, values.subspan(layout_.begin(chunk), layout_.size(chunk)));
    vector.weights[chunk] = result->header.weight;
  }
}

// What was rounded off of this member's contribution weighed what the contribution did, and what
// was rounded off of the mean as much as all of them; from now on they weigh their mean.
void Reducer::owe(std::size_t chunk, const ChunkHeader& result, WeightedVector& vector) {
  const auto residuals =
      std::span(vector.residuals).subspan(layout_.begin(chunk), layout_.size(chunk));
  const bool author = result.sender == plan_.self;
  if (result.contributors[plan_.self] && author) {
    std::ranges::fill(residuals, 0.0f);
  } else if (result.contributors[plan_.self]) {
    // An honest mean weight is at least an equal part of this member's own.
    const double most = static_cast<double>(result.contributors.count());
    const auto share = static_cast<float>(std::min(most, vector.weights[chunk] / result.weight));
    rounded_off(plan_.codec, contribution(chunk), share, residuals);
  }
  const std::vector<float>& of_mean = chunks_[chunk].rounded_off;
  if (author && !of_mean.empty()) add_values(residuals, of_mean, residuals);
  // It would keep this member out of every round to come.
  if (all_finite(Codec::fp32, std::as_bytes(residuals), residuals.size())) return;
  std::ranges::replace_if(
      residuals, [](float owed) { return !std::isfinite(owed); }, 0.0f);
}

}  // namespace moshpit
