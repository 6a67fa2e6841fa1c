#include "average/shape_book.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace moshpit {
namespace {

// Clocks of two peers differ by this much while a step begins.
constexpr std::uint64_t clock_tolerance = 1;

// The rolls of so many steps are read, each of which has the size of its grid (roll.hpp).
constexpr std::uint64_t steps_remembered = 4;

}  // namespace

ShapeBook::ShapeBook(Grid first, std::uint32_t largest_group) : largest_group_(largest_group) {
  auto shape = std::make_shared<const Shape>(Shape{0, first, {}});
  known_.push_back({shape, shape->digest()});
}

// `other` counts instead of `one`.
bool ShapeBook::precedes(const ShapeNote& one, const ShapeNote& other) {
  if (one.first_step != other.first_step) return one.first_step < other.first_step;
  if (one.peers != other.peers) return one.peers < other.peers;
  return one.digest > other.digest;
}

ShapeBook::Known ShapeBook::at(std::uint64_t step) const {
  const auto later = std::ranges::find_if(
      known_, [step](const Entry& entry) { return entry.shape->first_step > step; });
  return later == known_.begin() ? later->shape : std::prev(later)->shape;
}

std::vector<Shape> ShapeBook::all() const {
  std::vector<Shape> shapes;
  for (const Entry& entry : known_) shapes.push_back(*entry.shape);
  return shapes;
}

bool ShapeBook::is_behind(const ShapeNote& other) const { return precedes(note(), other); }

ShapeBook::Known ShapeBook::find(const Digest& digest) const {
  const auto found = std::ranges::find(known_, digest, &Entry::digest);
  return found == known_.end() ? nullptr : found->shape;
}

bool ShapeBook::can_be_meant(const ShapeNote& other, std::uint64_t newest_step) {
  return other.first_step <= newest_step + notice + clock_tolerance;
}

// The founder's grid comes with the plan, and nobody proposes another one from the first step on.
bool ShapeBook::can_be_meant(const Entry& entry, std::uint64_t newest_step) const {
  const Shape& shape = *entry.shape;
  return follows() && can_be_meant(note_of(entry), newest_step) && shape.first_step > 0 &&
         !shape.roster.empty() && shape.grid == Grid::fitting(shape.roster.size(), largest_group_);
}

bool ShapeBook::learn(Shape shape, std::uint64_t newest_step) {
  const std::uint64_t first_step = shape.first_step;
  Entry entry{std::make_shared<const Shape>(std::move(shape)), {}};
  entry.digest = entry.shape->digest();
  if (!can_be_meant(entry, newest_step)) return false;
  if (first_step < known_.front().shape->first_step || find(entry.digest)) return false;

  const auto place = std::ranges::find_if(
      known_, [first_step](const Entry& other) { return other.shape->first_step >= first_step; });
  const bool contested = place != known_.end() && place->shape->first_step == first_step;
  if (contested && precedes(note_of(entry), note_of(*place))) return false;
  if (contested) {
    *place = std::move(entry);
  } else {
    known_.insert(place, std::move(entry));
  }
  forget_before(newest_step);
  return true;
}

void ShapeBook::forget_before(std::uint64_t step) {
  const std::uint64_t kept = step > steps_remembered ? step - steps_remembered : 0;
  while (known_.size() > 1 && known_[1].shape->first_step <= kept) known_.erase(known_.begin());
}

std::optional<Shape> ShapeBook::proposal(std::vector<MemberNumber> present,
                                         std::uint64_t newest_step) const {
  MOSHPIT_ASSERT(!present.empty());
  if (!follows() || present.size() > roster_limit) return std::nullopt;
  const std::uint64_t first_step = newest_step + notice;
  const Grid wanted = Grid::fitting(present.size(), largest_group_);
  const Known coming = at(first_step);
  const bool full = present.size() == wanted.places() && present != coming->roster;
  if (coming->grid == wanted && !full) return std::nullopt;
  return Shape{first_step, wanted, std::move(present)};
}

}  // namespace moshpit
