// moshpit simulate: experiments in which no byte leaves the machine.
#include <CLI/App.hpp>

#include "app/commands.hpp"
#include "app/simulate_failpoints.hpp"
#include "app/simulate_replay.hpp"
#include "app/simulate_swarm.hpp"

namespace moshpit {

void declare_simulate(CLI::App& program, int& exit_code) {
  CLI::App* simulate =
      program.add_subcommand("simulate", "Experiments of the paper, on this machine alone");
  simulate->require_subcommand(1);
  simulate->footer(
      "Examples:\n"
      "  moshpit simulate advise --peers 1000 --vector 72000000   which grid to take, and why\n"
      "  moshpit simulate averaging --table   the paper's table beside ours\n"
      "  moshpit simulate averaging --peers 512 --grid 10x10x10 --placement keys\n"
      "  moshpit simulate mixing --peers 1024 --groups 32\n"
      "  moshpit simulate swarm --peers 256 --grid 16x16   the whole protocol in virtual time\n"
      "  moshpit simulate reshape   a swarm that grows and shrinks\n"
      "  moshpit simulate replay 7 --scenario test/scenarios/crash.toml   one seed, message by "
      "message");
  declare_simulate_advise(*simulate, exit_code);
  declare_simulate_averaging(*simulate, exit_code);
  declare_simulate_mixing(*simulate, exit_code);
  declare_simulate_swarm(*simulate, exit_code);
  declare_simulate_replay(*simulate, exit_code);
  declare_simulate_failpoints(*simulate, exit_code);
  declare_simulate_reshape(*simulate, exit_code);
}

}  // namespace moshpit
