// Shares: which part of a vector each member of a group owns, so that nobody's line holds the
// others up. Pure; every member computes the same from what the group was assembled with.
#pragma once

#include <vector>

#include "wire/group.hpp"

namespace moshpit {

// Of n members with lines of b_i bytes a second, the smaller of both directions, who owns the share
// w_i moves 1 + (n-2) w_i vectors in each: the shares that minimise the largest (1 + (n-2) w_i) /
// b_i. In closed form w_i is proportional to max(0, xi b_i - 1), where xi makes these sum up to
// n - 2 (the paper's linear programme, section "Load balancing"). O(n log n). 0: owns nothing.
// Two members move the same whatever they own, and own half each.
// Requires: somebody owns something.
std::vector<double> balanced_shares(const std::vector<double>& bandwidths);

// Of the group's members; they sum up to 1. Who accepts no connections owns nothing, but the first
// member everything if nobody does. Lines that differ by less than a measurement does count as
// equal; unknown ones count as the median, and none for more than a few times that.
std::vector<double> shares_of(const Group& group);

// The largest (1 + (n-2) w_i) / b_i, in seconds a byte of the vector; 0 if no line is known.
double seconds_a_byte(const Group& group, const std::vector<double>& shares);

}  // namespace moshpit
