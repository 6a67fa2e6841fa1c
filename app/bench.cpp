// moshpit bench: how fast the parts of moshpit are on this machine.

#include "app/bench/all_reduce.hpp"
#include "app/bench/catch_up.hpp"
#include "app/bench/codec.hpp"
#include "app/bench/endure.hpp"
#include "app/bench/kill.hpp"
#include "app/bench/match.hpp"
#include "app/commands.hpp"

namespace moshpit {

void declare_bench(CLI::App& program, int& exit_code) {
  CLI::App* command =
      program.add_subcommand("bench", "Measure how fast moshpit is on this machine");
  command->require_subcommand(1);
  declare_bench_match(*command, exit_code);
  declare_bench_match_member(*command, exit_code);
  declare_bench_kill(*command, exit_code);
  declare_bench_kill_member(*command, exit_code);
  declare_bench_catch_up(*command, exit_code);
  declare_bench_catch_up_member(*command, exit_code);
  declare_bench_endure(*command, exit_code);
  declare_bench_endure_member(*command, exit_code);
  declare_bench_codec(*command, exit_code);
  declare_bench_all_reduce(*command, exit_code);
  declare_bench_all_reduce_member(*command, exit_code);
  declare_bench_floor_member(*command, exit_code);
  command->footer(
      "Examples:\n"
      "  moshpit bench all-reduce --peers 4 --bytes 64M\n"
      "  moshpit bench match --peers 4 --rounds 50");
}

}  // namespace moshpit
