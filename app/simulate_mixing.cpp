// moshpit simulate mixing: how much a round in random groups contracts the error, and what theory
// says.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/commands.hpp"
#include "app/interrupt.hpp"
#include "app/output.hpp"
#include "app/simulate/progress_bar.hpp"
#include "app/simulate/whole_number.hpp"
#include "experiment/mixing.hpp"
#include "experiment/theory.hpp"

namespace moshpit {
namespace {

struct MixingOptions {
  MixingPlan plan;
  bool json = false;
};

struct Measurement {
  double mean = 0;
  double standard_error = 0;
};

// Nothing if interrupted.
std::optional<Measurement> measure(const MixingPlan& plan, const Interrupt& interrupt) {
  ProgressBar bar("mixing", plan.trials);
  MixingTrials trials(plan);
  double sum = 0;
  double sum_of_squares = 0;
  for (std::uint32_t trial = 0; trial < plan.trials; ++trial) {
    if (interrupt.requested()) return std::nullopt;
    const double factor = trials.contraction();
    sum += factor;
    sum_of_squares += factor * factor;
    bar.advance();
  }
  const double mean = sum / plan.trials;
  const double variance = std::max(0.0, sum_of_squares / plan.trials - mean * mean);
  return Measurement{mean, std::sqrt(variance / plan.trials)};
}

void print(const Output& output, const MixingPlan& plan, const Measurement& measured) {
  const double exact = mixing_factor(plan.peers, plan.groups);
  output.event({{"event", "mixing"},
                {"peers", plan.peers},
                {"groups", plan.groups},
                {"trials", plan.trials},
                {"seed", plan.seed},
                {"factor_measured", measured.mean},
                {"factor_standard_error", measured.standard_error},
                {"factor_exact", exact}});
  output.say(fmt::format("{} peers, a random partition into {} groups in each of {} trials\n",
                         plan.peers, plan.groups, plan.trials));
  output.say("mean squared error after a round, as a share of the one before:");
  output.say(
      fmt::format("  measured  {:.6g} \u00b1 {:.2g}", measured.mean, measured.standard_error));
  output.say(fmt::format("  exact     {:.6g} = (r-1)/(N-1)", exact));
  if (exact > 0) {
    output.say(fmt::format("  measured is {:+.2f} % off", 100 * (measured.mean / exact - 1)));
  }
}

int simulate_mixing(const MixingOptions& options) {
  const Output output(options.json);
  const Interrupt interrupt;
  if (const auto good = check(options.plan); !good) return output.fail(good.error());
  const auto measured = measure(options.plan, interrupt);
  if (!measured) return Interrupt::exit_code;
  print(output, options.plan, *measured);
  return 0;
}

}  // namespace

void declare_simulate_mixing(CLI::App& simulate, int& exit_code) {
  auto options = std::make_shared<MixingOptions>();
  MixingPlan& plan = options->plan;
  CLI::App* command = simulate.add_subcommand(
      "mixing", "Measure how much a round in random groups contracts the error");
  command->add_option("--peers", plan.peers, "N")->check(whole_number())->capture_default_str();
  command->add_option("--groups", plan.groups, "r; their sizes differ by at most one")
      ->check(whole_number())
      ->capture_default_str();
  command->add_option("--trials", plan.trials, "Random partitions")
      ->check(whole_number())
      ->capture_default_str();
  command->add_option("--seed", plan.seed, "The same seed gives the same figures")
      ->check(whole_number())
      ->capture_default_str();
  command->add_flag("--json", options->json, "One JSON object a line");
  command->footer(
      "Examples:\n"
      "  moshpit simulate mixing --peers 1024 --groups 32\n"
      "  moshpit simulate mixing --peers 1000 --groups 500 --json   pairs");
  command->callback([options, &exit_code] { exit_code = simulate_mixing(*options); });
}

}  // namespace moshpit
