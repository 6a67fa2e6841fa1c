// moshpit: trains one model on many machines that are slow, unequal and bound to disappear.
#include <CLI/CLI.hpp>
#include <string>

#include "app/commands.hpp"

int main(int argc, char** argv) {
  CLI::App program(
      "moshpit trains one model on many machines that are slow, unequal and bound to disappear.\n"
      "No machine matters more than another.");
  program.footer(
      "Examples:\n"
      "  moshpit demo                      eight processes train together; two are killed, one "
      "joins\n"
      "  moshpit run --data fashion-mnist  start a run; prints the command that joins it\n"
      "  moshpit join INVITE               take part in it, from any machine that reaches this "
      "one\n"
      "  moshpit status INVITE             who takes part and how far they are\n"
      "  moshpit simulate averaging        how fast peers come to the mean, and who else would");
  program.require_subcommand(1);
  program.failure_message([](const CLI::App*, const CLI::Error& error) {
    return std::string(error.what()) + "; --help says what there is.\n";
  });
  int exit_code = 0;
  moshpit::declare_demo(program, exit_code);
  moshpit::declare_run(program, exit_code);
  moshpit::declare_join(program, exit_code);
  moshpit::declare_status(program, exit_code);
  moshpit::declare_id(program, exit_code);
  moshpit::declare_bench(program, exit_code);
  moshpit::declare_experiment(program, exit_code);
  moshpit::declare_simulate(program, exit_code);
  CLI11_PARSE(program, argc, argv);
  return exit_code;
}
