#include "match/grid_key.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "base/hash.hpp"

namespace moshpit {

GridKey::GridKey(std::uint32_t side, std::vector<std::uint32_t> digits)
    : side_(side), digits_(std::move(digits)) {}

GridKey GridKey::at_place(const Grid& grid, std::uint64_t place) {
  MOSHPIT_ASSERT(place < grid.places());
  std::vector<std::uint32_t> digits;
  for (std::uint32_t j = 1; j < grid.dimensions(); ++j, place /= grid.side()) {
    digits.push_back(static_cast<std::uint32_t>(place % grid.side()));
  }
  return GridKey(grid.side(), std::move(digits));
}

GridKey GridKey::at_random(const Grid& grid, Random& random) {
  return at_place(grid, random.below(grid.places()));
}

GridKey GridKey::advanced(std::uint32_t digit) const {
  MOSHPIT_ASSERT(digit < side_);
  GridKey next = *this;
  next.lonely_rounds_ = 0;
  if (digits_.empty()) return next;
  std::rotate(next.digits_.begin(), next.digits_.begin() + 1, next.digits_.end());
  next.digits_.back() = digit;
  return next;
}

GridKey GridKey::stayed_alone(Random& random, std::uint32_t patience) const {
  GridKey next = *this;
  next.lonely_rounds_ = lonely_rounds_ + 1;
  if (digits_.empty() || next.lonely_rounds_ < patience) return next;
  next.lonely_rounds_ = 0;
  next.digits_.back() = static_cast<std::uint32_t>(random.below(side_));
  return next;
}

std::string GridKey::text() const {
  std::string text = "(";
  for (const std::uint32_t digit : digits_) text += fmt::format("{},", digit);
  return text + "*)";
}

DirectoryKey GridKey::directory_key(const RunId& run, RoundTime time) const {
  Hasher hasher;
  hasher.add(as_bytes("grid key")).add(run.bytes).add(time.step).add(std::uint64_t{time.round});
  hasher.add(std::uint64_t{side_});
  for (const std::uint32_t digit : digits_) hasher.add(std::uint64_t{digit});
  return DirectoryKey{hasher.digest()};
}

}  // namespace moshpit
