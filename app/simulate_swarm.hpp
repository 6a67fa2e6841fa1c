// moshpit simulate swarm: the whole protocol that ships, links, directory, matchmaking and
// all-reduce, from joining on, in the simulated world and under its judges.
#pragma once

#include <CLI/App.hpp>

namespace moshpit {

void declare_simulate_swarm(CLI::App& simulate, int& exit_code);

}  // namespace moshpit
