#include "experiment/balanced_shares.hpp"

#include <algorithm>
#include <functional>

#include "base/assert.hpp"

namespace moshpit {
namespace {

// The time xi at which those that are fast enough own all, and all of them end at once:
// sum max(0, xi b_i - 1) = M - 2. Whoever has xi b_i <= 1 is too slow to own anything.
double owners_time(std::span<const double> bandwidths) {
  std::vector<double> fastest_first(bandwidths.begin(), bandwidths.end());
  std::ranges::sort(fastest_first, std::greater<>());
  MOSHPIT_ASSERT(!fastest_first.empty() && fastest_first[0] > 0);
  double owners = static_cast<double>(bandwidths.size()) - 2;
  double bandwidth = 0;
  for (const double next : fastest_first) {
    if (bandwidth > 0 && owners / bandwidth * next <= 1) break;
    owners += 1;
    bandwidth += next;
  }
  return owners / bandwidth;
}

// Even who owns nothing has a vector to send and one to receive.
double slowest_time(std::span<const double> bandwidths) {
  double slowest = 0;
  for (const double bandwidth : bandwidths) {
    if (bandwidth > 0) slowest = std::max(slowest, 1 / bandwidth);
  }
  return slowest;
}

}  // namespace

double balanced_time(std::span<const double> bandwidths) {
  if (bandwidths.size() < 2) return 0;
  return std::max(owners_time(bandwidths), slowest_time(bandwidths));
}

std::vector<double> balanced_shares(std::span<const double> bandwidths) {
  std::vector<double> shares(bandwidths.size());
  // Of two members each sends what it does not own: any split takes as long.
  if (bandwidths.size() <= 2) {
    shares[static_cast<std::size_t>(std::ranges::max_element(bandwidths) - bandwidths.begin())] = 1;
    return shares;
  }
  const double time = owners_time(bandwidths);
  const double others = static_cast<double>(bandwidths.size()) - 2;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    shares[i] = std::max(0.0, time * bandwidths[i] - 1) / others;
  }
  return shares;
}

double time_of_shares(std::span<const double> shares, std::span<const double> bandwidths) {
  MOSHPIT_ASSERT(shares.size() == bandwidths.size());
  if (bandwidths.size() < 2) return 0;
  const double others = static_cast<double>(bandwidths.size()) - 2;
  double slowest = 0;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if (bandwidths[i] == 0) continue;
    slowest = std::max(slowest, (1 + others * shares[i]) / bandwidths[i]);
  }
  return slowest;
}

}  // namespace moshpit
