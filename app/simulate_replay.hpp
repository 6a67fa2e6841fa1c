// moshpit simulate replay: what the peers of one seed said to each other, for whoever wants to know
// why a judge objected.
#pragma once

#include <CLI/App.hpp>

namespace moshpit {

void declare_simulate_replay(CLI::App& simulate, int& exit_code);

}  // namespace moshpit
