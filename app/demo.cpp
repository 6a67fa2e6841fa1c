// moshpit demo: processes on this machine that train together, while some are killed and one joins.
#include "app/demo/demo.hpp"

#include <memory>

#include "app/codec_option.hpp"
#include "app/commands.hpp"

namespace moshpit {
namespace {

int run_demo(const DemoOptions& options) {
  const Output output(options.json);
  const Interrupt interrupt;
  const auto grid = Grid::parse(options.grid);
  if (!grid) return output.fail(grid.error());
  Demo demo(options, output, interrupt);
  return demo.run();
}

}  // namespace

void declare_demo(CLI::App& program, int& exit_code) {
  auto options = std::make_shared<DemoOptions>();
  CLI::App* command = program.add_subcommand(
      "demo", "Train with processes on this machine; kill two, let one join");
  command->add_option("--peers", options->peers, "Processes")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  command->add_option("--steps", options->steps, "Local steps of all peers together")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000'000));
  command->add_option("--period", options->period, "Local steps between averaging steps")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  command->add_option(
      "--data", options->data,
      "Folder of IDX files (the MNIST format, .gz or not); without it, drawn digits");
  command
      ->add_option(
          "--kill-after", options->kill_after,
          "Seconds of training until a peer is killed; twice that: the first one; 0: nobody")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  declare_codec(*command, options->codec);
  command->add_option("--grid", options->grid, "Grid of the run, as 8, 3x3 or 2x2x2")
      ->capture_default_str();
  command->add_flag("--check-averaging", options->check_averaging,
                    "Average random vectors once instead of training, and compare with their mean");
  command->add_flag("--unequal-weights", options->unequal_weights,
                    "With --check-averaging: peer i weighs 1 + i");
  command->add_flag("--json", options->json, "One JSON object a line");
  command->footer(
      "Examples:\n"
      "  moshpit demo --data fashion-mnist\n"
      "  moshpit demo --peers 1 --kill-after 0             the baseline: as many samples, one "
      "process\n"
      "  moshpit demo --check-averaging --peers 9 --grid 3x3");
  command->callback([options, &exit_code] { exit_code = run_demo(*options); });
}

}  // namespace moshpit
