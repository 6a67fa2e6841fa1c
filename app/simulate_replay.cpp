// moshpit simulate replay: the conversation of one seed, message by message.
#include "app/simulate_replay.hpp"

#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/output.hpp"
#include "app/simulate_conversation.hpp"
#include "app/simulate_shape.hpp"
#include "sim/swarm/scenario.hpp"

namespace moshpit {
namespace {

struct SimulateReplayOptions {
  SwarmShape shape;
  ConversationFilter filter;
  std::uint64_t seed = 1;
  bool json = false;
};

int simulate_replay(const SimulateReplayOptions& options) {
  const Output output(options.json);
  const auto scenario = scenario_of(options.shape);
  if (!scenario) return output.fail(scenario.error());
  ConversationView view(scenario->grid, options.filter, output);
  const sim::ScenarioOutcome outcome =
      sim::run_scenario(*scenario, options.seed, view.onlookers(), nullptr, 1);
  view.show(outcome.findings);
  const double lasted = outcome.virtual_seconds;
  const std::string trace = fmt::format("{:016x}", outcome.trace);
  output.event({{"event", "report"},
                {"seed", options.seed},
                {"shown", view.shown()},
                {"findings", outcome.findings.size()},
                {"virtual_seconds", lasted},
                {"trace", trace}});
  output.say(
      fmt::format("seed {}: {} frames shown of {:.1f} s of virtual time, {} findings, trace {}",
                  options.seed, view.shown(), lasted, outcome.findings.size(), trace));
  return outcome.findings.empty() ? 0 : 1;
}

}  // namespace

void declare_simulate_replay(CLI::App& simulate, int& exit_code) {
  auto options = std::make_shared<SimulateReplayOptions>();
  CLI::App* command =
      simulate.add_subcommand("replay", "The conversation of one seed, message by message");
  command->add_option("seed", options->seed, "The seed")->required();
  declare_shape(*command, options->shape);
  declare_filter(*command, options->filter);
  command->add_flag("--json", options->json, "One JSON object a line");
  command->footer(
      "Times are those of delivery. Peers are p0, p1, ... in the order in which they come; what "
      "the judges found comes last, and the exit code is 1 if they found something.\n"
      "Examples:\n"
      "  moshpit simulate replay 7 --scenario test/scenarios/crash.toml --kind contribution "
      "--kind result\n"
      "  moshpit simulate replay 1 --peers 4 --grid 2x2 --peer p0 --from 4 --to 5");
  command->callback([options, &exit_code] { exit_code = simulate_replay(*options); });
}

}  // namespace moshpit
