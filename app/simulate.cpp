// moshpit simulate: many peers on one machine, in virtual time.
#include <CLI/App.hpp>

#include "app/commands.hpp"
#include "app/simulate_swarm.hpp"

namespace moshpit {

void declare_simulate(CLI::App& program, int& exit_code) {
  CLI::App* command =
      program.add_subcommand("simulate", "Many peers on this machine, in virtual time");
  command->require_subcommand(1);
  declare_simulate_swarm(*command, exit_code);
  command->footer("Example:\n  moshpit simulate swarm --peers 1024 --grid 32x32");
}

}  // namespace moshpit
