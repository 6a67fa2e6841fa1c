// moshpit run: starts a run and is its first member.
#include "app/run.hpp"

#include <chrono>
#include <cmath>
#include <fmt/format.h>
#include <memory>
#include <string>
#include <utility>

#include "app/codec_option.hpp"
#include "app/commands.hpp"
#include "app/layers.hpp"
#include "app/mode_option.hpp"

namespace moshpit {
namespace {

// Local steps of the plan's period each, or steps of everybody together; one more in which what is
// left is handed over.
std::uint64_t averaging_steps(const RunOptions& options) {
  const std::uint64_t together = options.mode == TrainingMode::collective
                                     ? options.steps
                                     : (options.steps + options.period - 1) / options.period;
  if (options.mode == TrainingMode::moshpit_sgd) return together + 1;
  return together + together / (options.state_every - 1) + 1;  // with those of the state
}

RunPlan training_plan(const RunOptions& options, const Grid& grid, Learner& learner) {
  RunPlan plan = plan_for(learner.trained(options.mode), options.mode);
  plan.grid = grid;
  if (options.grid.empty()) plan.largest_group = options.group;
  plan.rounds = options.rounds;
  plan.codec = options.codec;
  plan.state_codec = options.state_codec;
  plan.model = learner.name();
  plan.settings = to_text(options.participation.settings);
  plan.period = options.period;
  plan.overlap = options.overlap.value_or(options.mode == TrainingMode::moshpit_sgd ? options.period
                                                                                    : plan.overlap);
  plan.period_time = std::chrono::milliseconds(std::llround(1000 * options.period_seconds));
  plan.target_batch = options.target_batch;
  plan.state_every = options.state_every;
  plan.outer_rate = options.outer_rate;
  plan.outer_momentum = options.outer_momentum;
  plan.steps = averaging_steps(options);
  plan.seed = options.seed;
  return plan;
}

Result<Grid> grid_of(const RunOptions& options) {
  if (options.grid.empty()) return Grid::fitting(options.expect, options.group);
  return Grid::parse(options.grid);
}

// A run that trains: anew, or on from a checkpoint, whose plan it takes.
int start_training(const RunOptions& options, RunSettings settings, const Checkpoint* from,
                   const Output& output, const Interrupt& interrupt) {
  if (needs_torch(settings) && !has_torch()) return output.fail(become_torch_program());
  const auto learner = make_learner(settings, options.participation.training.data);
  if (!learner) return output.fail(learner.error());
  const auto grid = grid_of(options);
  if (!grid) return output.fail(grid.error());
  RunPlan plan = from ? from->plan : training_plan(options, *grid, **learner);
  auto peer = Peer::start_run(std::move(plan), options.participation.peer, from ? from->step : 0);
  if (!peer) return output.fail(peer.error());
  return take_part(*peer, {learner->get(), std::move(settings), from}, options.participation,
                   output, interrupt);
}

int resume_run(RunOptions options, const Output& output, const Interrupt& interrupt) {
  const auto loaded = load_newest_checkpoint(options.resume);
  if (!loaded) return output.fail(loaded.error());
  for (const std::string& skipped : loaded->skipped) output.say(skipped);
  auto settings = run_settings_from(loaded->checkpoint.plan.settings);
  if (!settings) return output.fail(settings.error());
  const std::string conflict =
      difference(*settings, options.participation.settings, settings_given(*options.command));
  if (!conflict.empty()) {
    return output.fail(
        Error(ErrorCode::incompatible,
              "The checkpoint's " + conflict + ": leave your settings out to go on with its own."));
  }
  output.say(fmt::format("going on from step {} of {}", loaded->checkpoint.step, loaded->file));
  std::string& folder = options.participation.training.checkpoints;
  if (folder.empty()) folder = options.resume;
  return start_training(options, *settings, &loaded->checkpoint, output, interrupt);
}

int start_averaging_check(const RunOptions& options, const Output& output,
                          const Interrupt& interrupt) {
  const auto grid = grid_of(options);
  if (!grid) return output.fail(grid.error());
  RunPlan plan = averaging_check_plan(*grid);
  plan.codec = options.codec;
  auto peer = Peer::start_run(plan, options.participation.peer);
  if (!peer) return output.fail(peer.error());
  return take_part(*peer, Assignment(), options.participation, output, interrupt);
}

int start_run(const RunOptions& options) {
  const Output output(options.participation.json);
  const Interrupt interrupt;
  if (options.participation.check.enabled) return start_averaging_check(options, output, interrupt);
  if (!options.resume.empty()) return resume_run(options, output, interrupt);
  return start_training(options, options.participation.settings, nullptr, output, interrupt);
}

// CLI11 keeps what the options are bound to.
void declare_training(CLI::App& command, RunOptions& options) {
  declare_mode(command, options.mode);
  command
      .add_option(
          "--rounds", options.rounds,
          "Rounds of an averaging step; without it, one for each dimension of the grid. More "
          "bring peers closer together on a grid with holes (see simulate advise)")
      ->check(CLI::Range(1u, rounds_limit));
  command.add_option("--period", options.period, "Local steps between averaging steps")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  command
      .add_option("--period-seconds", options.period_seconds,
                  "Time between averaging steps instead, so that slow devices make fewer steps")
      ->check(CLI::Range(0.0, 1e6));
  command
      .add_option("--overlap", options.overlap,
                  "Local steps that go on beside an averaging step; without it, as many as the "
                  "period (moshpit-sgd) or none")
      ->check(CLI::Range(0, 1'000'000));
  command
      .add_option("--target-batch", options.target_batch,
                  "Collective: examples of all peers together in a step")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  command
      .add_option("--state-every", options.state_every,
                  "Collective and outer: the state itself is averaged every so many steps")
      ->capture_default_str()
      ->check(CLI::Range(2, 1'000'000));
  declare_state_codec(command, options.state_codec);
  command.add_option("--outer-rate", options.outer_rate, "Learning rate of the outer optimizer")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  command.add_option("--outer-momentum", options.outer_momentum, "Its Nesterov momentum")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 0.999));
}

}  // namespace

void declare_run_options(CLI::App& command, RunOptions& options) {
  CLI::Option* grid = command.add_option(
      "--grid", options.grid,
      "Grid of the run, as 8, 3x3 or 2x2x2; without it, always the one that fits:");
  command.add_option("--expect", options.expect, "Peers that will come before the first step")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000))
      ->excludes(grid);
  command.add_option("--group", options.group, "Largest group that averages at a time")
      ->capture_default_str()
      ->check(CLI::Range(2u, following_group_limit))
      ->excludes(grid);
  command
      .add_option("--steps", options.steps,
                  "Local steps of each peer; in a collective run, steps of all together")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000'000));
  declare_training(command, options);
  command.add_option("--seed", options.seed, "Of the first parameters and the shards")
      ->capture_default_str();
  declare_codec(command, options.codec);
  command.add_option("--resume", options.resume,
                     "Go on from the newest checkpoint in this folder, with its plan; others join "
                     "as ever");
  options.command = &command;
  declare_participation(command, options.participation);
}

void declare_run(CLI::App& program, int& exit_code) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = program.add_subcommand("run", "Start a run and print how to join it");
  declare_run_options(*command, *options);
  command->footer(
      "Examples:\n"
      "  moshpit run --data fashion-mnist --grid 4x4\n"
      "  moshpit run --listen 0.0.0.0:4000 --identity peer.key   reachable from other machines");
  declare_layers(*command, options->file);
  command->callback([options, &exit_code] { exit_code = start_run(*options); });
}

}  // namespace moshpit
