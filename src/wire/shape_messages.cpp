#include "wire/shape_messages.hpp"

#include <algorithm>
#include <functional>

#include "wire/common.hpp"
#include "wire/shape_fields.hpp"

namespace moshpit {

void to_wire(const Shape& shape, wire::Shape& out) {
  out.set_first_step(shape.first_step);
  out.set_side(shape.grid.side());
  out.set_dimensions(shape.grid.dimensions());
  out.mutable_roster()->Add(shape.roster.begin(), shape.roster.end());
}

std::optional<Shape> shape_from_wire(const wire::Shape& message) {
  const auto grid = Grid::create(message.side(), message.dimensions());
  if (!grid || message.roster_size() > static_cast<int>(roster_limit)) return std::nullopt;
  Shape shape{message.first_step(), *grid, {message.roster().begin(), message.roster().end()}};
  const bool descends =
      std::ranges::adjacent_find(shape.roster, std::greater_equal<>()) != shape.roster.end();
  if (descends || shape.roster.size() > grid->places()) return std::nullopt;
  return shape;
}

Bytes encode(const Shape& shape) {
  wire::Shape message;
  to_wire(shape, message);
  return serialise(message);
}

Bytes encode(const ShapeNote& note) {
  wire::ShapeNote message;
  message.set_first_step(note.first_step);
  message.set_peers(note.peers);
  message.set_digest(to_wire(note.digest));
  return serialise(message);
}

Bytes encode(const ShapeQuestion& question) {
  wire::ShapeQuestion message;
  message.set_digest(to_wire(question.digest));
  return serialise(message);
}

Bytes encode(const RollEntry& entry) {
  wire::RollEntry message;
  message.mutable_members()->Add(entry.members.begin(), entry.members.end());
  return serialise(message);
}

std::optional<Shape> decode_shape(ByteView bytes) {
  wire::Shape message;
  if (!parse(message, bytes)) return std::nullopt;
  return shape_from_wire(message);
}

std::optional<ShapeNote> decode_shape_note(ByteView bytes) {
  wire::ShapeNote message;
  if (!parse(message, bytes)) return std::nullopt;
  const auto digest = digest_from_wire(message.digest());
  if (!digest) return std::nullopt;
  return ShapeNote{message.first_step(), message.peers(), *digest};
}

std::optional<ShapeQuestion> decode_shape_question(ByteView bytes) {
  wire::ShapeQuestion message;
  if (!parse(message, bytes)) return std::nullopt;
  const auto digest = digest_from_wire(message.digest());
  if (!digest) return std::nullopt;
  return ShapeQuestion{*digest};
}

std::optional<RollEntry> decode_roll_entry(ByteView bytes) {
  wire::RollEntry message;
  if (!parse(message, bytes)) return std::nullopt;
  if (static_cast<std::size_t>(message.members_size()) > following_group_limit) return std::nullopt;
  return RollEntry{{message.members().begin(), message.members().end()}};
}

}  // namespace moshpit
