#include "experiment/moshpit_grid.hpp"

#include <algorithm>
#include <numeric>

namespace moshpit {
namespace {

// Fewer than half of the places are drawn one by one, so that 2^32 places need no memory; more are
// the beginning of a shuffled list, since late draws would mostly hit what is taken.
std::vector<std::uint64_t> draw_sparse(std::uint64_t places, std::size_t peers, Random& random) {
  std::vector<std::uint64_t> drawn;
  while (drawn.size() < peers) {
    while (drawn.size() < peers) drawn.push_back(random.below(places));
    std::ranges::sort(drawn);
    drawn.erase(std::unique(drawn.begin(), drawn.end()), drawn.end());
  }
  random.shuffle(std::span(drawn));
  return drawn;
}

}  // namespace

std::vector<std::uint64_t> distinct_places(const Grid& grid, std::size_t peers, Random& random) {
  MOSHPIT_ASSERT(peers <= grid.places());
  if (peers < grid.places() / 2) return draw_sparse(grid.places(), peers, random);
  std::vector<std::uint64_t> places(grid.places());
  std::iota(places.begin(), places.end(), std::uint64_t{0});
  random.shuffle(std::span(places));
  places.resize(peers);
  return places;
}

std::vector<std::uint64_t> spread_places(const Grid& grid, std::size_t peers, Random& random) {
  if (peers <= grid.places()) return distinct_places(grid, peers, random);
  std::vector<std::uint64_t> places = distinct_places(grid, peers % grid.places(), random);
  while (places.size() < peers) {
    for (std::uint64_t place = 0; place < grid.places(); ++place) places.push_back(place);
  }
  return places;
}

FixedGrid::FixedGrid(const Grid& grid, std::vector<std::uint64_t> places)
    : grid_(grid), places_(std::move(places)), lines_(places_.size()) {}

std::uint32_t FixedGrid::line(std::uint64_t place, std::uint64_t axis_stride) const {
  const std::uint64_t above = place / (axis_stride * grid_.side());
  return static_cast<std::uint32_t>(above * axis_stride + place % axis_stride);
}

void FixedGrid::average(const Round& round, Values& values) {
  std::uint64_t axis_stride = 1;
  for (std::uint32_t i = 0; i < round.number % grid_.dimensions(); ++i) {
    axis_stride *= grid_.side();
  }
  for (std::size_t i = 0; i < places_.size(); ++i) lines_[i] = line(places_[i], axis_stride);
  cells_.sort(lines_);
  cells_.for_each([&](std::span<PeerIndex> group) {
    moshpit::average(round.attendance.participants(group), values);
  });
}

MovingKeys::MovingKeys(const Grid& grid, const std::vector<std::uint64_t>& places)
    : side_(grid.side()), labels_(places.size()), digits_(side_) {
  keys_.reserve(places.size());
  for (const std::uint64_t place : places) keys_.push_back(GridKey::at_place(grid, place));
  std::iota(digits_.begin(), digits_.end(), 0u);
}

void MovingKeys::average(const Round& round, Values& values) {
  label_peers();
  cells_.sort(labels_);
  cells_.for_each([&](std::span<PeerIndex> cell) {
    const auto assembled = round.attendance.assembled(cell);
    round.random.shuffle(assembled);
    for_each_piece(assembled, side_,
                   [&](std::span<PeerIndex> group) { meet(group, round, values); });
  });
}

// At most M^(d-1) labels, and a grid has at most 2^32 places.
void MovingKeys::label_peers() {
  for (std::size_t peer = 0; peer < keys_.size(); ++peer) {
    std::uint32_t label = 0;
    for (const std::uint32_t digit : keys_[peer].digits()) label = label * side_ + digit;
    labels_[peer] = label;
  }
}

void MovingKeys::meet(std::span<PeerIndex> group, const Round& round, Values& values) {
  if (group.size() > 1) {
    move_on(group, round);
    moshpit::average(round.attendance.participants(group), values);
  } else if (round.attendance.present(group[0])) {
    keys_[group[0]] = keys_[group[0]].stayed_alone(round.random);
  }
}

void MovingKeys::move_on(std::span<const PeerIndex> group, const Round& round) {
  round.random.shuffle(std::span(digits_));
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (round.attendance.present(group[i])) keys_[group[i]] = keys_[group[i]].advanced(digits_[i]);
  }
}

}  // namespace moshpit
