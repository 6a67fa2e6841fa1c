// moshpit simulate averaging: the paper's experiment. Peers that hold one number each average round
// by round, some are absent, and what counts is how fast all come to the mean.
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "app/commands.hpp"
#include "app/interrupt.hpp"
#include "app/output.hpp"
#include "app/simulate/averaging_plot.hpp"
#include "app/simulate/averaging_table.hpp"
#include "app/simulate/restarts.hpp"
#include "app/simulate/whole_number.hpp"
#include "experiment/averaging_summary.hpp"
#include "experiment/theory.hpp"

namespace moshpit {
namespace {

struct AveragingOptions {
  AveragingPlan plan;
  std::string algorithm{word_of(AveragingPlan().algorithm)};
  std::string placement{word_of(AveragingPlan().placement)};
  std::string failure_model{word_of(AveragingPlan().failure_model)};
  std::string grid = AveragingPlan().grid.text();
  std::string plot;
  bool table = false;
  bool json = false;
};

Result<AveragingPlan> plan_of(const AveragingOptions& options) {
  AveragingPlan plan = options.plan;
  const auto algorithm = parse_algorithm(options.algorithm);
  if (!algorithm) return algorithm.error();
  const auto placement = parse_placement(options.placement);
  if (!placement) return placement.error();
  const auto failure_model = parse_failure_model(options.failure_model);
  if (!failure_model) return failure_model.error();
  const auto grid = Grid::parse(options.grid);
  if (!grid) return grid.error();
  plan.algorithm = *algorithm;
  plan.placement = *placement;
  plan.failure_model = *failure_model;
  plan.grid = *grid;
  if (const auto good = check(plan); !good) return good.error();
  return plan;
}

std::string title(const AveragingPlan& plan) {
  std::string text(word_of(plan.algorithm));
  if (plan.algorithm == Algorithm::moshpit) {
    text += fmt::format(" on the grid {}, placement {}", plan.grid.text(), word_of(plan.placement));
  }
  if (plan.algorithm == Algorithm::random_groups) text += fmt::format(" of {}", plan.group_size);
  return text + fmt::format(", {} peers, failure rate {} ({})", plan.peers, plan.failure_rate,
                            word_of(plan.failure_model));
}

void print_json(const Output& output, const AveragingPlan& plan, const AveragingSummary& summary) {
  output.event({{"event", "averaging"},
                {"algorithm", word_of(plan.algorithm)},
                {"placement", word_of(plan.placement)},
                {"peers", plan.peers},
                {"grid", plan.grid.text()},
                {"group_size", plan.group_size},
                {"failure_rate", plan.failure_rate},
                {"failure_model", word_of(plan.failure_model)},
                {"target", plan.target},
                {"rounds_max", plan.rounds_max},
                {"restarts", plan.restarts},
                {"seed", plan.seed},
                {"rounds_to_target_mean", summary.rounds_to_target_mean},
                {"rounds_to_target_sd", summary.rounds_to_target_sd},
                {"restarts_above_target", summary.restarts_above_target},
                {"mse_mean", summary.mse_mean},
                {"mse_median", summary.mse_median}});
}

void print_rounds(const Output& output, const AveragingPlan& plan,
                  const AveragingSummary& summary) {
  output.say("  round  error, mean  median");
  for (std::size_t round = 0; round < summary.mse_mean.size(); ++round) {
    output.say(fmt::format("  {:5}  {:11.3e}  {:.3e}", round, summary.mse_mean[round],
                           summary.mse_median[round]));
    if (summary.mse_mean[round] <= plan.target) break;
  }
}

void print(const Output& output, const AveragingPlan& plan, const AveragingSummary& summary) {
  print_json(output, plan, summary);
  output.say(title(plan) + "\n");
  print_rounds(output, plan, summary);
  output.say(
      fmt::format("\n{:.2f} \u00b1 {:.2f} rounds to an error of {} (mean of {} restarts, "
                  "standard deviation {:.2f})",
                  summary.rounds_to_target_mean, summary.rounds_to_target_standard_error,
                  plan.target, plan.restarts, summary.rounds_to_target_sd));
  if (summary.restarts_above_target > 0) {
    output.say(fmt::format("{} restarts are above it after round {}", summary.restarts_above_target,
                           plan.rounds_max));
  }
  if (plan.algorithm == Algorithm::all_reduce) {
    output.say(fmt::format("{:.2f} rounds are expected until all peers are there at once",
                           all_reduce_rounds(plan.peers, plan.failure_rate, plan.rounds_max)));
  }
}

// The picture has a line for Moshpit too, so the peers must fit on the grid.
Result<AveragingPlan> plot_plan_of(AveragingOptions options) {
  options.algorithm = word_of(Algorithm::moshpit);
  return plan_of(options);
}

int simulate_averaging(const AveragingOptions& options) {
  const Output output(options.json);
  const Interrupt interrupt;
  const auto plan = options.plot.empty() ? plan_of(options) : plot_plan_of(options);
  if (!plan) return output.fail(plan.error());
  if (options.table) return show_averaging_table(*plan, output, interrupt);
  if (!options.plot.empty()) return plot_averaging(*plan, options.plot, output, interrupt);
  const auto curves = run_restarts(*plan, options.algorithm, interrupt);
  if (!curves) return Interrupt::exit_code;
  print(output, *plan, summarise(*curves, plan->target));
  return 0;
}

// The paper's table says all this itself.
void declare_experiment(CLI::App& command, AveragingOptions& options, CLI::Option& table) {
  AveragingPlan& plan = options.plan;
  const auto add = [&](const char* name, auto& value, const char* about) {
    return command.add_option(name, value, about)->capture_default_str()->excludes(&table);
  };
  // A minus would otherwise wrap around.
  add("--peers", plan.peers, "N")->check(whole_number());
  add("--grid", options.grid, "Of Moshpit, as 32x32 or 10x10x10");
  add("--group-size", plan.group_size, "Of random groups")->check(whole_number());
  add("--failure-rate", plan.failure_rate, "Chance of each peer to be absent from each round");
  add("--failure-model", options.failure_model,
      "What an absent peer does to its group: exclude (it goes on without it) or group-fail (its "
      "round is void)");
  add("--target", plan.target, "Mean squared error around the initial mean");
  add("--rounds-max", plan.rounds_max, "Rounds of every restart; counts where the target is missed")
      ->check(whole_number());
}

void declare_algorithm(CLI::App& command, AveragingOptions& options, CLI::Option& table,
                       CLI::Option& plot) {
  const auto add = [&](const char* name, std::string& value, const char* about) {
    command.add_option(name, value, about)
        ->capture_default_str()
        ->excludes(&table)
        ->excludes(&plot);
  };
  add("--algorithm", options.algorithm,
      "all-reduce, gossip, exponential, push-sum, random-groups or moshpit");
  add("--placement", options.placement,
      "Of Moshpit: fixed (a place for ever) or keys (they move as in the product)");
}

}  // namespace

void declare_simulate_averaging(CLI::App& simulate, int& exit_code) {
  auto options = std::make_shared<AveragingOptions>();
  CLI::App* command = simulate.add_subcommand(
      "averaging", "How fast peers that hold one number each come to the mean");
  CLI::Option* table =
      command->add_flag("--table", options->table, "Print the paper's table beside ours");
  CLI::Option* plot = command->add_option("--plot", options->plot,
                                          "Draw the error of all algorithms into this SVG file");
  plot->excludes(table);
  declare_algorithm(*command, *options, *table, *plot);
  declare_experiment(*command, *options, *table);
  command->add_option("--restarts", options->plan.restarts, "Times that all is done anew")
      ->check(whole_number())
      ->capture_default_str();
  command->add_option("--seed", options->plan.seed, "The same seed gives the same figures")
      ->check(whole_number())
      ->capture_default_str();
  command->add_flag("--json", options->json, "One JSON object a line");
  command->footer(
      "Examples:\n"
      "  moshpit simulate averaging --peers 512 --failure-rate 0.005\n"
      "  moshpit simulate averaging --algorithm push-sum --peers 512 --json\n"
      "  moshpit simulate averaging --peers 1000000 --grid 100x100x100 --restarts 1\n"
      "  moshpit simulate averaging --table\n"
      "  moshpit simulate averaging --plot averaging.svg --rounds-max 20");
  command->callback([options, &exit_code] { exit_code = simulate_averaging(*options); });
}

}  // namespace moshpit
