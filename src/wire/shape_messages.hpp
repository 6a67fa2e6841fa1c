// Messages of Protocol::shape: how peers tell one another on which grid they average, and the
// records that say who takes part.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "wire/shape.hpp"

namespace moshpit {

// A one-way note: the newest shape that the sender knows.
struct ShapeNote {
  std::uint64_t first_step = 0;
  Digest digest{};

  bool operator==(const ShapeNote&) const = default;
};

// Asks for the whole shape of a note; answered with an empty message by who does not have it.
struct ShapeQuestion {
  Digest digest{};
};

// The value of a record: who was in a group in the first round of a step.
struct RollEntry {
  std::vector<MemberNumber> members;  // at most following_group_limit
};

Bytes encode(const Shape& shape);
Bytes encode(const ShapeNote& note);
Bytes encode(const ShapeQuestion& question);
Bytes encode(const RollEntry& entry);

// Decoded shapes have a sound grid and an ascending roster that it has places for.
std::optional<Shape> decode_shape(ByteView bytes);
std::optional<ShapeNote> decode_shape_note(ByteView bytes);
std::optional<ShapeQuestion> decode_shape_question(ByteView bytes);
std::optional<RollEntry> decode_roll_entry(ByteView bytes);

}  // namespace moshpit
