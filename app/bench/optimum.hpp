// The shortest time in which limited lines can carry a round, whatever the processors do.
#pragma once

#include <optional>

#include "app/bench/all_reduce.hpp"
#include "moshpit/codec.hpp"

namespace moshpit {

// In seconds, by the load-balancing formula (reduce/shares.hpp); nothing unless the lines of all
// peers are limited.
std::optional<double> optimum_of(const BenchAllReduceOptions& options, Codec codec);

}  // namespace moshpit
