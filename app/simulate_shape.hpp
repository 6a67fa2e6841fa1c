// The shape of a simulated swarm, as words on the command line: what `simulate swarm` runs and
// `simulate replay` runs again.
#pragma once

#include <CLI/App.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "moshpit/result.hpp"
#include "sim/swarm/scenario.hpp"

namespace moshpit {

struct SwarmShape {
  std::string scenario;  // file
  std::optional<std::size_t> peers;
  std::optional<std::string> grid;
  std::optional<std::uint64_t> vector;
  std::optional<std::uint64_t> steps;
  std::optional<std::string> latency;  // MIN-MAX, milliseconds
  std::optional<double> bandwidth;     // bytes a second
  std::optional<std::size_t> outbound_only;
  bool fixed_places = false;
  bool real_signatures = false;
};

// Declares an option for each of them.
void declare_shape(CLI::App& command, SwarmShape& shape);

Result<sim::Scenario> scenario_of(const SwarmShape& shape);

// What shows the conversation of this seed.
std::string replay_command(const SwarmShape& shape, std::uint64_t seed);

}  // namespace moshpit
