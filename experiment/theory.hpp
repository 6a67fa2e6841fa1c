// What theory says about the experiments, for values of variance 1.
//
// Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "moshpit/grid.hpp"

namespace moshpit {

// Mean squared error of N peers in r groups chosen at random after a round, as a share of the one
// before: (r-1)/(N-1), whatever the sizes of the groups. (The paper prints (r-1)/N + r/N^2.)
// Requires: peers >= 2, groups >= 1.
double mixing_factor(std::uint64_t peers, std::uint64_t groups);

// Full grid without failures: M^-t - 1/N before round d, then 0.
double full_grid_error(const Grid& grid, std::uint32_t round);

// Mean rounds until all of N peers were there at once, counting rounds_max where they never were:
// (1 - (1-q)^rounds_max) / q with q = (1-p)^N.
double all_reduce_rounds(std::uint64_t peers, double failure_rate, std::uint32_t rounds_max);

// The first round after which that is at most the target.
std::uint32_t full_grid_rounds(const Grid& grid, double target);

// Rounds until chance alone has brought the error from 1 to the target, at the mixing factor of so
// many groups a round. Absent peers are groups of one. Nothing if it never comes there. Requires:
// peers >= 2, groups >= 1, 0 < target < 1.
std::optional<std::uint32_t> mixing_rounds(std::uint64_t peers, double groups, double failure_rate,
                                           double target);

// Mean number of all-reduces until one is not voided by a loss: (1-p)^-N.
double all_reduce_tries(std::uint64_t peers, double failure_rate);

}  // namespace moshpit
