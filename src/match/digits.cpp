#include "match/digits.hpp"

#include <algorithm>
#include <numeric>
#include <span>

#include "base/assert.hpp"

namespace moshpit {
namespace {

std::vector<std::uint32_t> all_digits(std::uint32_t side, Random& random) {
  std::vector<std::uint32_t> digits(side);
  std::iota(digits.begin(), digits.end(), 0);
  random.shuffle(std::span(digits));
  return digits;
}

// Which digit the j-th gets. The offsets are others in every round, or those who go the same way
// would do so for ever.
std::vector<std::uint32_t> digits_by_rule(const Search& search) {
  Random of_step(search.time.step);
  Random of_round(of_step.next() + search.time.round);
  std::vector<std::uint32_t> digits = all_digits(search.group_size, of_round);
  for (std::uint32_t& digit : digits) digit = (search.oldest_digit + digit) % search.group_size;
  return digits;
}

}  // namespace

std::vector<std::uint32_t> draw_digits(const Search& search, const std::vector<Contact>& members,
                                       Random& random) {
  const auto accepts = [](const Contact& member) { return !member.addresses.empty(); };
  const auto ruled = std::ranges::count_if(members, accepts);
  const std::vector<std::uint32_t> by_rule = digits_by_rule(search);
  MOSHPIT_ASSERT(ruled <= std::ssize(by_rule));
  std::vector<std::uint32_t> drawn(by_rule.begin() + ruled, by_rule.end());
  random.shuffle(std::span(drawn));
  const std::vector<std::uint32_t> once_more = all_digits(search.group_size, random);
  drawn.insert(drawn.end(), once_more.begin(), once_more.end());
  MOSHPIT_ASSERT(std::ssize(members) - ruled <= std::ssize(drawn));

  std::vector<std::uint32_t> digits;
  auto next_by_rule = by_rule.begin();
  auto next_drawn = drawn.begin();
  for (const Contact& member : members) {
    digits.push_back(accepts(member) ? *next_by_rule++ : *next_drawn++);
  }
  return digits;
}

}  // namespace moshpit
