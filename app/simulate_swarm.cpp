#include "app/simulate_swarm.hpp"

#include <chrono>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "app/output.hpp"
#include "app/simulate/threads.hpp"
#include "app/simulate_shape.hpp"
#include "app/simulate_swarm_progress.hpp"
#include "sim/swarm/memory.hpp"
#include "sim/swarm/scenario.hpp"

namespace moshpit {
namespace {

using Clock = std::chrono::steady_clock;

struct SimulateSwarmOptions {
  SwarmShape shape;
  std::uint64_t seed = 1;
  std::uint64_t seeds = 1;
  std::size_t threads = 0;
  bool json = false;
};

// What the runs of all seeds come to.
struct Summary {
  std::vector<double> error_per_round;  // the mean over the seeds
  double virtual_seconds = 0;
  double wall_seconds = 0;
  double grouped = 0;
  double bytes_per_peer = 0;
  double events = 0;
  nlohmann::json findings = nlohmann::json::array();
};

nlohmann::json as_json(const Summary& summary) {
  return {{"rounds", summary.error_per_round.size() - 1},
          {"error_per_round", summary.error_per_round},
          {"virtual_seconds", summary.virtual_seconds},
          {"wall_seconds", summary.wall_seconds},
          {"grouped", summary.grouped},
          {"bytes_per_peer", summary.bytes_per_peer},
          {"events_per_second", summary.events / summary.wall_seconds},
          {"findings", summary.findings}};
}

class SimulateSwarm {
 public:
  SimulateSwarm(const sim::Scenario& scenario, const SimulateSwarmOptions& options,
                const Output& output)
      : scenario_(scenario), options_(options), output_(output) {}

  // Returns the program's exit code.
  int run() {
    output_.say(fmt::format("{} peers on the grid {}, a vector of {}, {} step{}", scenario_.peers,
                            scenario_.grid.text(), scenario_.elements, scenario_.steps,
                            scenario_.steps == 1 ? "" : "s"));
    for (std::uint64_t i = 0; i < options_.seeds; ++i) run_seed(options_.seed + i);
    report();
    return total_.findings.empty() ? 0 : 1;
  }

 private:
  void run_seed(std::uint64_t seed) {
    const auto began = Clock::now();
    SimulateSwarmProgress progress(scenario_);
    const auto outcome = sim::run_scenario(
        scenario_, seed, {{}, [&](const sim::ScenarioProgress& at) { progress.draw(at); }, {}},
        nullptr, options_.threads > 0 ? options_.threads : threads_for(scenario_.peers));
    progress.clear();
    Summary own;
    own.wall_seconds = std::chrono::duration<double>(Clock::now() - began).count();
    own.virtual_seconds = outcome.virtual_seconds;
    own.grouped = outcome.grouped;
    own.bytes_per_peer = outcome.bytes_per_peer;
    own.events = static_cast<double>(outcome.events);
    for (const sim::RoundRow& row : outcome.rounds) {
      own.error_per_round.push_back(row.mean_squared_error);
    }
    for (const sim::Finding& finding : outcome.findings) {
      own.findings.push_back(
          {{"seed", seed}, {"judge", finding.judge}, {"sentence", finding.sentence}});
    }
    tell(seed, own, outcome);
    add(own);
  }

  void tell(std::uint64_t seed, const Summary& own, const sim::ScenarioOutcome& outcome) const {
    for (std::size_t t = 0; t < outcome.rounds.size(); ++t) tell_round(seed, t, outcome.rounds[t]);
    nlohmann::json line = as_json(own);
    line.update(
        {{"event", "seed"}, {"seed", seed}, {"trace", fmt::format("{:016x}", outcome.trace)}});
    output_.event(line);
    output_.say(
        fmt::format("seed {}: {:.1f} s of virtual time in {:.1f} s, {:.0f} events/s, {:.1f} % of "
                    "the rounds in a group, {:.0f} bytes a peer, {} findings, trace {:016x}",
                    seed, own.virtual_seconds, own.wall_seconds, own.events / own.wall_seconds,
                    100 * own.grouped, own.bytes_per_peer, own.findings.size(), outcome.trace));
    for (const auto& finding : own.findings) {
      output_.say(fmt::format("  {}: {}", finding.at("judge").get<std::string>(),
                              finding.at("sentence").get<std::string>()));
    }
    if (!own.findings.empty()) {
      output_.say("  replay: " + replay_command(options_.shape, seed));
    }
  }

  void tell_round(std::uint64_t seed, std::size_t round, const sim::RoundRow& row) const {
    output_.event({{"event", "round"},
                   {"seed", seed},
                   {"round", round},
                   {"peers", row.peers},
                   {"in_full_groups", row.in_full},
                   {"alone", row.alone},
                   {"lost_one", row.lost_one},
                   {"error", row.mean_squared_error},
                   {"max_error", row.max_error},
                   {"longest_matching", seconds(row.longest_matching)},
                   {"longest_reducing", seconds(row.longest_reducing)}});
    if (round == 0) {
      output_.say(fmt::format("before   squared error {:.6g}", row.mean_squared_error));
      return;
    }
    output_.say(fmt::format(
        "round {:2} squared error {:.6g}, at most {:.3g}; {} of {} peers in full groups, {} alone, "
        "{} lost somebody; matching {:.3f} s, reducing {:.3f} s at most",
        round, row.mean_squared_error, row.max_error, row.in_full, row.peers, row.alone,
        row.lost_one, seconds(row.longest_matching), seconds(row.longest_reducing)));
  }

  void add(const Summary& own) {
    const auto seeds = static_cast<double>(options_.seeds);
    total_.error_per_round.resize(
        std::max(total_.error_per_round.size(), own.error_per_round.size()), 0.0);
    for (std::size_t t = 0; t < own.error_per_round.size(); ++t) {
      total_.error_per_round[t] += own.error_per_round[t] / seeds;
    }
    total_.virtual_seconds += own.virtual_seconds / seeds;
    total_.grouped += own.grouped / seeds;
    total_.bytes_per_peer += own.bytes_per_peer / seeds;
    total_.wall_seconds += own.wall_seconds;
    total_.events += own.events;
    for (const auto& finding : own.findings) total_.findings.push_back(finding);
  }

  void report() const {
    nlohmann::json line = as_json(total_);
    line.update({{"event", "report"},
                 {"peers", scenario_.peers},
                 {"grid", scenario_.grid.text()},
                 {"vector", scenario_.elements},
                 {"seeds", options_.seeds}});
    output_.event(line);
    if (options_.seeds == 1) return;
    output_.say(fmt::format(
        "{} seeds: {} findings, {:.1f} % of the rounds in a group, {:.1f} s, {:.0f} events/s",
        options_.seeds, total_.findings.size(), 100 * total_.grouped, total_.wall_seconds,
        total_.events / total_.wall_seconds));
  }

  const sim::Scenario& scenario_;
  const SimulateSwarmOptions& options_;
  const Output& output_;
  Summary total_;
};

int simulate_swarm(const SimulateSwarmOptions& options) {
  const Output output(options.json);
  const auto scenario = scenario_of(options.shape);
  if (!scenario) return output.fail(scenario.error());
  sim::prefer_large_pages();
  return SimulateSwarm(*scenario, options, output).run();
}

void declare_options(CLI::App& command, SimulateSwarmOptions& options) {
  declare_shape(command, options.shape);
  command.add_option("--seed", options.seed, "The first seed")->capture_default_str();
  command.add_option("--seeds", options.seeds, "Seeds, one after the other")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000'000));
  command
      .add_option(
          "--threads", options.threads,
          "Threads, on which swarms without faults run: they change nothing but the time it "
          "takes; 0: as many as help")
      ->capture_default_str()
      ->check(CLI::Range(0, 64));
  command.add_flag("--json", options.json, "One JSON object a line");
}

}  // namespace

void declare_simulate_swarm(CLI::App& simulate, int& exit_code) {
  auto options = std::make_shared<SimulateSwarmOptions>();
  CLI::App* command = simulate.add_subcommand(
      "swarm", "The whole protocol, from joining on, under the eyes of judges");
  declare_options(*command, *options);
  command->footer(
      "Exit code 1 if a judge found something. Errors are squared distances to the mean of what "
      "all began with.\n"
      "Examples:\n"
      "  moshpit simulate swarm --peers 1024 --grid 32x32\n"
      "  moshpit simulate swarm --peers 64 --grid 4x4x4 --seeds 20 --json\n"
      "  moshpit simulate swarm --peers 64 --grid 8x8 --steps 10 --outbound-only 51\n"
      "  moshpit simulate swarm --scenario test/scenarios/storm.toml --seeds 100");
  command->callback([options, &exit_code] { exit_code = simulate_swarm(*options); });
}

}  // namespace moshpit
