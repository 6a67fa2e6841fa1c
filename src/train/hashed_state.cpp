#include "train/hashed_state.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "wire/train_messages.hpp"

namespace moshpit {

HashedState::HashedState(std::vector<float> values) : values_(std::move(values)) {
  MOSHPIT_ASSERT(!values_.empty() && values_.size() <= state_elements_limit);
  const std::uint64_t pieces = state_pieces(values_.size());
  digests_.reserve(pieces);
  for (std::uint64_t i = 0; i < pieces; ++i) digests_.push_back(sha256(piece(i)));
}

ByteView HashedState::piece(std::uint64_t piece) const {
  const ByteView rest = std::as_bytes(std::span(values_))
                            .subspan(static_cast<std::size_t>(piece) * state_piece_bytes);
  return rest.first(std::min(rest.size(), state_piece_bytes));
}

Digest name_of_state(std::uint64_t step, std::uint64_t elements, std::span<const Digest> digests) {
  return Hasher().add(step).add(elements).add(std::as_bytes(digests)).digest();
}

}  // namespace moshpit
