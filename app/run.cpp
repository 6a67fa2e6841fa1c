// moshpit run: starts a run and is its first member.
#include <memory>
#include <string>

#include "app/codec_option.hpp"
#include "app/commands.hpp"
#include "app/participation.hpp"

namespace moshpit {
namespace {

struct RunOptions {
  ParticipationOptions participation;
  std::string grid;
  std::uint32_t expect = 8;
  std::uint32_t group = 16;
  std::uint64_t steps = 4000;
  std::uint32_t period = 16;
  std::uint64_t seed = 1;
  Codec codec = Codec::fp32;
};

RunPlan training_plan(const RunOptions& options, const Grid& grid, const Dataset& data) {
  const ModelDescription model = describe_model(data, options.participation.training.hidden);
  RunPlan plan;
  plan.grid = grid;
  if (options.grid.empty()) plan.largest_group = options.group;
  plan.model = model.name;
  plan.elements = model.elements;
  plan.period = options.period;
  plan.steps = (options.steps + options.period - 1) / options.period + 1;  // and the closing one
  plan.seed = options.seed;
  return plan;
}

int start_run(const RunOptions& options) {
  const Output output(options.participation.json);
  const Interrupt interrupt;
  const auto grid = options.grid.empty()
                        ? Result<Grid>(Grid::fitting(options.expect, options.group))
                        : Grid::parse(options.grid);
  if (!grid) return output.fail(grid.error());
  const bool check = options.participation.check.enabled;
  const auto data = check ? Dataset() : load_data(options.participation.training.data);
  if (!data) return output.fail(data.error());
  RunPlan plan = check ? averaging_check_plan(*grid) : training_plan(options, *grid, *data);
  plan.codec = options.codec;
  auto peer = Peer::start_run(plan, options.participation.peer);
  if (!peer) return output.fail(peer.error());
  return take_part(*peer, *data, options.participation, output, interrupt);
}

}  // namespace

void declare_run(CLI::App& program, int& exit_code) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = program.add_subcommand("run", "Start a run and print how to join it");
  CLI::Option* grid = command->add_option(
      "--grid", options->grid,
      "Grid of the run, as 8, 3x3 or 2x2x2; without it, always the one that fits:");
  command->add_option("--expect", options->expect, "Peers that will come before the first step")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000))
      ->excludes(grid);
  command->add_option("--group", options->group, "Largest group that averages at a time")
      ->capture_default_str()
      ->check(CLI::Range(2u, following_group_limit))
      ->excludes(grid);
  command->add_option("--steps", options->steps, "Local steps of each peer")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000'000));
  command->add_option("--period", options->period, "Local steps between averaging steps")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  command->add_option("--seed", options->seed, "Of the first parameters and the shards")
      ->capture_default_str();
  declare_codec(*command, options->codec);
  declare_participation(*command, options->participation);
  command->footer(
      "Examples:\n"
      "  moshpit run --data fashion-mnist --grid 4x4\n"
      "  moshpit run --listen 0.0.0.0:4000 --identity peer.key   reachable from other machines");
  command->callback([options, &exit_code] { exit_code = start_run(*options); });
}

}  // namespace moshpit
