// ShapeBook: which grid is in force at which step of the run, and when to propose another one. Pure
// (docs/decisions/007).
//
// In force at a step is the shape with the latest first step that is not after it; of two with the
// same first step, the one that has places for more peers, because whoever proposed the other one
// counted too early; of two that are equal in that, too, the one with the smaller digest. So peers
// who know the same shapes take the same one, in whatever order they heard of them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/hash.hpp"
#include "moshpit/grid.hpp"
#include "wire/shape.hpp"
#include "wire/shape_messages.hpp"

namespace moshpit {

class ShapeBook {
 public:
  // A proposal takes effect so many steps after the newest one that has begun: everybody hears of
  // it meanwhile.
  static constexpr std::uint64_t notice = 2;

  // The run begins on the grid `first`. With a largest group of 0 it stays there.
  ShapeBook(Grid first, std::uint32_t largest_group);

  bool follows() const { return largest_group_ > 0; }

  using Known = std::shared_ptr<const Shape>;
  Known at(std::uint64_t step) const;
  // All that may still come into force, and what is: for newcomers.
  std::vector<Shape> all() const;

  ShapeNote note() const { return note_of(known_.back()); }
  // Whether the other one's newest shape counts instead of ours.
  bool is_behind(const ShapeNote& other) const;
  // Whether anybody may have proposed it by now.
  static bool can_be_meant(const ShapeNote& other, std::uint64_t newest_step);
  Known find(const Digest& digest) const;

  // Takes the shape in, where `newest_step` is the newest step that has begun. False if it is
  // known, was superseded, or cannot be meant: its grid is not what its roster asks for, or its
  // first step lies further ahead than anybody proposes.
  bool learn(Shape shape, std::uint64_t newest_step);

  // The shape to propose, if those present ask for another grid than will be in force, or fill it
  // to the last place and do not all have one on its roster: only a grid on which each has a place
  // of its own is exact. Requires: present is ascending and not empty.
  std::optional<Shape> proposal(std::vector<MemberNumber> present, std::uint64_t newest_step) const;

 private:
  struct Entry {
    Known shape;
    Digest digest{};
  };
  static bool precedes(const ShapeNote& one, const ShapeNote& other);
  static ShapeNote note_of(const Entry& entry) {
    return {entry.shape->first_step, entry.shape->roster.size(), entry.digest};
  }
  bool can_be_meant(const Entry& entry, std::uint64_t newest_step) const;
  void forget_before(std::uint64_t step);

  std::uint32_t largest_group_;
  std::vector<Entry> known_;  // in the order of their first steps, one each; never empty
};

}  // namespace moshpit
