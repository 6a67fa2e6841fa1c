#include "moshpit/grid.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <optional>

#include "base/assert.hpp"
#include "moshpit/report.hpp"

namespace moshpit {
namespace {

// More places than this cannot be meant: it is one for every IPv4 address.
constexpr std::uint64_t place_limit = std::uint64_t{1} << 32;

std::optional<std::uint32_t> parse_side(std::string_view text) {
  std::uint32_t side = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, side);
  if (error != std::errc() || stop != end) return std::nullopt;
  return side;
}

Error refusal(std::string_view text, std::string_view reason) {
  return Error(ErrorCode::invalid_argument,
               fmt::format("the grid '{}' {}: write the same side once for each dimension, as in "
                           "3x3, 2x2x2 or 8",
                           text, reason));
}

}  // namespace

Result<Grid> Grid::create(std::uint32_t side, std::uint32_t dimensions) {
  const auto out_of_bounds = [](const std::string& reason) {
    return Error(ErrorCode::invalid_argument, reason);
  };
  if (side < 2 || side > group_size_limit) {
    return out_of_bounds(fmt::format("a grid with {} places a side: it must have 2 to 256", side));
  }
  std::uint64_t places = 1;
  for (std::uint32_t i = 0; i < dimensions && places <= place_limit; ++i) places *= side;
  if (dimensions == 0 || places > place_limit) {
    return out_of_bounds(
        fmt::format("a grid of {} dimensions with {} places a side: it must have at least one "
                    "dimension and at most 2^32 places",
                    dimensions, side));
  }
  return Grid(side, dimensions);
}

Result<Grid> Grid::parse(std::string_view text) {
  std::optional<std::uint32_t> common;
  std::uint32_t dimensions = 0;
  for (std::size_t begin = 0; begin <= text.size(); ++dimensions) {
    const std::size_t end = std::min(text.find('x', begin), text.size());
    const auto side = parse_side(text.substr(begin, end - begin));
    if (!side) return refusal(text, "is not made of numbers and x");
    if (common && *side != *common) return refusal(text, "has unequal sides");
    common = side;
    begin = end + 1;
  }
  return create(*common, dimensions);
}

Grid Grid::fitting(std::uint64_t peers, std::uint32_t largest_group) {
  MOSHPIT_ASSERT(peers >= 1 && peers <= place_limit / 2);
  MOSHPIT_ASSERT(largest_group >= 2 && largest_group <= group_size_limit);
  Grid grid(largest_group, 1);
  while (grid.places() < peers) ++grid.dimensions_;
  while (grid.side_ > 2 && Grid(grid.side_ - 1, grid.dimensions_).places() >= peers) --grid.side_;
  return grid;
}

std::uint64_t Grid::places() const {
  std::uint64_t places = 1;
  for (std::uint32_t i = 0; i < dimensions_; ++i) places *= side_;
  return places;
}

std::string Grid::text() const {
  std::string text = fmt::format("{}", side_);
  for (std::uint32_t i = 1; i < dimensions_; ++i) text += fmt::format("x{}", side_);
  return text;
}

}  // namespace moshpit
