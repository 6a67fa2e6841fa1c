// moshpit simulate failpoints: a peer is killed or frozen at each step of the protocol, in each
// part that it can have, while the judges watch.
#pragma once

#include <CLI/App.hpp>

namespace moshpit {

void declare_simulate_failpoints(CLI::App& simulate, int& exit_code);

}  // namespace moshpit
