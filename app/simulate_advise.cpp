// moshpit simulate advise: which grid to take, and how many rounds a step, for so many peers on
// such a network.
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "app/commands.hpp"
#include "app/interrupt.hpp"
#include "app/output.hpp"
#include "app/simulate/advice_text.hpp"
#include "app/simulate/bandwidth_file.hpp"
#include "app/simulate/progress_bar.hpp"
#include "app/simulate/restarts.hpp"
#include "app/simulate/whole_number.hpp"
#include "experiment/advice.hpp"

namespace moshpit {
namespace {

struct AdviseOptions {
  AdvicePlan plan;
  std::string bandwidth_file;
  double bandwidth = 100;  // Mbit/s
  double latency = 20;     // ms
  bool json = false;
};

Result<AdvicePlan> plan_of(const AdviseOptions& options) {
  AdvicePlan plan = options.plan;
  plan.network.latency = options.latency / 1000;
  plan.network.bandwidths = {options.bandwidth * bytes_in_a_megabit};
  if (!options.bandwidth_file.empty()) {
    auto read = read_bandwidths(options.bandwidth_file);
    if (!read) return read.error();
    plan.network.bandwidths = *std::move(read);
  }
  if (const auto good = check(plan); !good) return good.error();
  return plan;
}

// Nothing if interrupted.
std::optional<std::vector<Advised>> simulate(const AdvicePlan& plan, const Interrupt& interrupt) {
  const auto chosen = candidates(plan);
  ProgressBar bar("advise", chosen.size() * advice_restarts(plan.peers));
  std::vector<Advised> advised;
  for (const Candidate& candidate : chosen) {
    auto rounds = count_rounds(experiment_of(plan, candidate.grid), bar, interrupt);
    if (!rounds) return std::nullopt;
    advised.push_back(settle(candidate, *std::move(rounds)));
  }
  rank(advised);
  return advised;
}

// Null is what was not measured or what theory does not say.
nlohmann::json number(const std::optional<std::uint32_t>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json();
}

nlohmann::json json_of(const Advised& one) {
  const Candidate& candidate = one.candidate;
  const RoundCost& round = candidate.round;
  nlohmann::json line{
      {"grid", candidate.grid.text()},
      {"places", candidate.grid.places()},
      {"filled", candidate.filled},
      {"rounds_mean", one.rounds_mean},
      {"rounds_in_theory", number(candidate.rounds_in_theory)},
      {"rounds", number(one.rounds)},
      {"seconds_per_round", round.seconds()},
      {"seconds_per_round_equal_slices", round.overhead_seconds() + round.equal_slices_seconds}};
  if (one.rounds) {
    line["seconds_per_step"] = one.seconds_per_step();
    line["bytes_per_step"] = one.bytes_per_step();
  }
  return line;
}

void print_json(const Output& output, const AdvicePlan& plan, const std::vector<Advised>& ranked) {
  nlohmann::json lines = nlohmann::json::array();
  for (const Advised& one : ranked) lines.push_back(json_of(one));
  const Advised& best = ranked.front();
  output.event({{"event", "report"},
                {"peers", plan.peers},
                {"vector", plan.vector_bytes},
                {"failure_rate", plan.failure_rate},
                {"target", plan.target},
                {"restarts", advice_restarts(plan.peers)},
                {"seed", plan.seed},
                {"grid", best.candidate.grid.text()},
                {"rounds", number(best.rounds)},
                {"seconds_per_step", best.seconds_per_step()},
                {"bytes_per_step", best.bytes_per_step()},
                {"candidates", lines}});
}

void print(const Output& output, const AdvicePlan& plan, const std::vector<Advised>& ranked) {
  output.say(advice_sentence(ranked.front()) + "\n");
  for (const std::string& reason : advice_reasons(plan, ranked)) output.say(reason);
  output.say("\n" + advice_table(ranked));
}

int simulate_advise(const AdviseOptions& options) {
  const Output output(options.json);
  const Interrupt interrupt;
  const auto plan = plan_of(options);
  if (!plan) return output.fail(plan.error());
  const auto ranked = simulate(*plan, interrupt);
  if (!ranked) return Interrupt::exit_code;
  if (!ranked->front().rounds) {
    return output.fail(Error(
        ErrorCode::invalid_argument,
        fmt::format("no grid comes to an error of {:g} within {} rounds with a failure rate of {}: "
                    "choose a larger target or fewer failures",
                    plan->target, advice_rounds_max, plan->failure_rate)));
  }
  print_json(output, *plan, *ranked);
  print(output, *plan, *ranked);
  return 0;
}

void declare_network(CLI::App& command, AdviseOptions& options) {
  CLI::Option* file = command.add_option(
      "--bandwidth-file", options.bandwidth_file,
      "A line a peer: up and down in Mbit/s, or one number for both; # begins a comment");
  command.add_option("--bandwidth", options.bandwidth, "Mbit/s of each peer, up and down")
      ->capture_default_str()
      ->excludes(file);
  command.add_option("--latency", options.latency, "Milliseconds from one peer to another")
      ->capture_default_str();
}

void declare_wishes(CLI::App& command, AdvicePlan& plan) {
  command
      .add_option("--failure-rate", plan.failure_rate,
                  "Chance of each peer to be absent from each round; the others go on without it")
      ->capture_default_str();
  command
      .add_option("--target", plan.target,
                  "Mean squared error around the mean, as a share of what it was before the step")
      ->capture_default_str();
  command.add_option("--group-max", plan.group_max, "Peers in a group at most")
      ->check(whole_number())
      ->capture_default_str();
}

}  // namespace

void declare_simulate_advise(CLI::App& simulate, int& exit_code) {
  auto options = std::make_shared<AdviseOptions>();
  AdvicePlan& plan = options->plan;
  CLI::App* command = simulate.add_subcommand(
      "advise", "Which grid to take, how many rounds an averaging step, and why");
  command->add_option("--peers", plan.peers, "N")->check(whole_number())->required();
  command->add_option("--vector", plan.vector_bytes, "Bytes that are averaged; 64M are 64 MiB")
      ->transform(CLI::AsSizeValue(false))
      ->check(whole_number())
      ->required();
  declare_network(*command, *options);
  declare_wishes(*command, plan);
  command->add_option("--seed", plan.seed, "The same seed gives the same figures")
      ->check(whole_number())
      ->capture_default_str();
  command->add_flag("--json", options->json, "One JSON object a line");
  command->footer(
      "The 12 grids that theory likes best are simulated: 50 restarts each up to 6,000 peers, "
      "fewer for more, 3 for 100,000.\n"
      "Examples:\n"
      "  moshpit simulate advise --peers 1000 --vector 72000000 --failure-rate 0.01\n"
      "  moshpit simulate advise --peers 66 --vector 36000000 --bandwidth-file lines.txt\n"
      "  moshpit simulate advise --peers 100000 --vector 4000000 --latency 50 --json");
  command->callback([options, &exit_code] { exit_code = simulate_advise(*options); });
}

}  // namespace moshpit
