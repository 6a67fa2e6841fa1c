// Grid: the d-dimensional arrangement of a run, with M places a side. A group never exceeds M
// peers, and after d rounds every place has heard of every other one ("Moshpit All-Reduce", arXiv
// 2103.03239).
//
// Invariant: 2 <= side <= 256, dimensions >= 1, at most 2^32 places.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "moshpit/result.hpp"

namespace moshpit {

// The most peers that a group of a run may have whose grid follows the number of its peers: who was
// in it must fit into one record of the directory.
inline constexpr std::uint32_t following_group_limit = 120;

// The most peers that a group has, on a grid with this side. More than the side are in one only
// where some of them accept no connections and would find no group elsewhere (docs/decisions/011).
constexpr std::uint32_t most_in_group(std::uint32_t side) {
  return std::max(side, std::min(2 * side, following_group_limit));
}

class Grid {
 public:
  // 2x2, the smallest grid on which peers change groups.
  Grid() = default;

  // ErrorCode::invalid_argument with a sentence if out of bounds.
  static Result<Grid> create(std::uint32_t side, std::uint32_t dimensions);

  // "3x3", "2x2x2", "8". ErrorCode::invalid_argument if the text is no grid, its sides differ or it
  // is out of bounds.
  static Result<Grid> parse(std::string_view text);

  // The grid on which so many peers average in the fewest rounds, in groups of at most
  // `largest_group`: as few dimensions as that allows, and then as few places as hold all of them
  // (docs/decisions/007). Requires: peers >= 1, 2 <= largest_group <= 256, peers <= 2^31.
  static Grid fitting(std::uint64_t peers, std::uint32_t largest_group);

  std::uint32_t side() const { return side_; }  // M: the largest group
  std::uint32_t dimensions() const {
    return dimensions_;
  }  // d: rounds until everybody holds the mean

  // M^d.
  std::uint64_t places() const;

  std::string text() const;

  bool operator==(const Grid&) const = default;

 private:
  Grid(std::uint32_t side, std::uint32_t dimensions) : side_(side), dimensions_(dimensions) {}

  std::uint32_t side_ = 2;
  std::uint32_t dimensions_ = 2;
};

}  // namespace moshpit
