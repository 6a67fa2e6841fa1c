// The file that says how fast the peers' lines are: a peer a line, `up down` in Mbit/s, or one
// number for both; what follows a # is a comment.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "moshpit/result.hpp"

namespace moshpit {

constexpr double bytes_in_a_megabit = 1e6 / 8;

// Of each peer the lesser of up and down, in bytes a second: a round sends as much as it receives.
// At least one. ErrorCode::bad_data names the line that is wrong.
Result<std::vector<double>> parse_bandwidths(std::string_view text, const std::string& file);

// ErrorCode::io if there is no such file.
Result<std::vector<double>> read_bandwidths(const std::string& file);

}  // namespace moshpit
