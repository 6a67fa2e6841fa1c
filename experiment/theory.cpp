#include "experiment/theory.hpp"

namespace moshpit {
namespace {

// By repeated squaring: the library's pow differs in its last bits.
double power(double base, std::uint64_t exponent) {
  double result = 1;
  for (; exponent > 0; exponent /= 2, base *= base) {
    if (exponent % 2 == 1) result *= base;
  }
  return result;
}

// Nobody waits for more: as good as never.
constexpr std::uint32_t rounds_of_interest = 1'000'000;

}  // namespace

double mixing_factor(std::uint64_t peers, std::uint64_t groups) {
  return static_cast<double>(groups - 1) / static_cast<double>(peers - 1);
}

double full_grid_error(const Grid& grid, std::uint32_t round) {
  if (round >= grid.dimensions()) return 0;
  return power(1.0 / grid.side(), round) - 1.0 / static_cast<double>(grid.places());
}

std::uint32_t full_grid_rounds(const Grid& grid, double target) {
  std::uint32_t round = 0;
  while (full_grid_error(grid, round) > target) ++round;
  return round;
}

std::optional<std::uint32_t> mixing_rounds(std::uint64_t peers, double groups, double failure_rate,
                                           double target) {
  const double alone = failure_rate * static_cast<double>(peers);
  const double factor = (groups + alone - 1) / static_cast<double>(peers - 1);
  if (factor >= 1) return std::nullopt;
  std::uint32_t rounds = 0;
  for (double error = 1; error > target && rounds < rounds_of_interest; error *= factor) ++rounds;
  if (rounds == rounds_of_interest) return std::nullopt;
  return rounds;
}

double all_reduce_tries(std::uint64_t peers, double failure_rate) {
  return 1 / power(1 - failure_rate, peers);
}

double all_reduce_rounds(std::uint64_t peers, double failure_rate, std::uint32_t rounds_max) {
  const double all_there = power(1 - failure_rate, peers);
  // Summed, since the closed form divides 0 by 0 for many peers.
  double rounds = 0;
  double still_waiting = 1;
  for (std::uint32_t round = 0; round < rounds_max; ++round) {
    rounds += still_waiting;
    still_waiting *= 1 - all_there;
  }
  return rounds;
}

}  // namespace moshpit
