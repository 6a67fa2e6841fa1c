// The vectors that the peers of a demo left behind, compared. Pure but for reading the files.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "moshpit/result.hpp"

namespace moshpit {

Result<std::vector<float>> read_vector(const std::string& file);

// max |a - b| over elements and pairs. Shapes: all of one length.
double max_disagreement(const std::vector<std::vector<float>>& vectors);

// `histories[i]` is peer i's vector before the step and after each of its rounds, one after the
// other; all of one length.
// [t] = max |element - weighted mean of all first vectors| over elements and peers after t rounds.
std::vector<double> max_error_per_round(const std::vector<std::vector<float>>& histories,
                                        const std::vector<double>& weights, std::size_t rounds);

}  // namespace moshpit
