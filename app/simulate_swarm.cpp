#include "app/simulate_swarm.hpp"

#include <chrono>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "app/output.hpp"
#include "app/simulate_swarm_progress.hpp"
#include "sim/swarm/scenario.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Peers of a large swarm do not all start in one millisecond.
constexpr Duration comes_every = 500us;

struct SimulateSwarmOptions {
  std::string scenario;  // file
  std::optional<std::size_t> peers;
  std::optional<std::string> grid;
  std::optional<std::uint64_t> vector;
  std::optional<std::uint64_t> steps;
  std::optional<std::string> latency;  // MIN-MAX, milliseconds
  std::optional<double> bandwidth;     // bytes a second
  bool fixed_places = false;
  std::uint64_t seed = 1;
  std::uint64_t seeds = 1;
  bool json = false;
};

sim::Scenario usual_scenario() {
  sim::Scenario scenario;
  scenario.name = "swarm";
  scenario.peers = 1024;
  scenario.grid = Grid::create(32, 2).value();
  scenario.elements = 4096;
  scenario.steps = 1;
  scenario.local_work = false;
  scenario.comes_every = comes_every;
  return scenario;
}

Error wrong_words(const std::string& sentence) {
  return Error(ErrorCode::invalid_argument, sentence);
}

// "1-5" or "30".
Result<void> read_latency(const std::string& text, sim::NetworkModel& network) {
  double low = 0;
  double high = 0;
  char rest = 0;
  const int read = std::sscanf(text.c_str(), "%lf-%lf%c", &low, &high, &rest);
  if (read == 1) high = low;
  const bool one = read == 1 && text.find('-') == std::string::npos;
  if ((!one && read != 2) || low < 0 || high < low) {
    return wrong_words("'" + text + "' is no latency: write milliseconds, as 30 or 1-5.");
  }
  network.latency_min = from_seconds(low / 1000);
  network.latency_max = from_seconds(high / 1000);
  return {};
}

Result<sim::Scenario> scenario_of(const SimulateSwarmOptions& options) {
  auto read = options.scenario.empty() ? usual_scenario() : sim::Scenario::read(options.scenario);
  if (!read) return read.error();
  sim::Scenario scenario = *std::move(read);
  if (options.grid) {
    const auto grid = Grid::parse(*options.grid);
    if (!grid) return grid.error();
    scenario.grid = *grid;
  }
  scenario.peers = options.peers.value_or(scenario.peers);
  scenario.elements = options.vector.value_or(scenario.elements);
  scenario.steps = options.steps.value_or(scenario.steps);
  scenario.network.bytes_per_second = options.bandwidth.value_or(scenario.network.bytes_per_second);
  if (options.fixed_places) scenario.claim_places = false;
  if (options.latency) {
    const auto latency = read_latency(*options.latency, scenario.network);
    if (!latency) return latency.error();
  }
  if (!scenario.claim_places && scenario.peers > scenario.grid.places()) {
    return wrong_words(fmt::format("{} peers have no places of their own on the grid {}.",
                                   scenario.peers, scenario.grid.text()));
  }
  return scenario;
}

// What the runs of all seeds come to.
struct Summary {
  std::vector<double> error_per_round;  // the mean over the seeds
  double virtual_seconds = 0;
  double wall_seconds = 0;
  double bytes_per_peer = 0;
  double events = 0;
  nlohmann::json findings = nlohmann::json::array();
};

nlohmann::json as_json(const Summary& summary) {
  return {{"rounds", summary.error_per_round.size() - 1},
          {"error_per_round", summary.error_per_round},
          {"virtual_seconds", summary.virtual_seconds},
          {"wall_seconds", summary.wall_seconds},
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
        scenario_, seed, {{}, [&](const sim::ScenarioProgress& at) { progress.draw(at); }});
    progress.clear();
    Summary own;
    own.wall_seconds = std::chrono::duration<double>(Clock::now() - began).count();
    own.virtual_seconds = outcome.virtual_seconds;
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
        fmt::format("seed {}: {:.1f} s of virtual time in {:.1f} s, {:.0f} events/s, {:.0f} "
                    "bytes a peer, {} findings, trace {:016x}",
                    seed, own.virtual_seconds, own.wall_seconds, own.events / own.wall_seconds,
                    own.bytes_per_peer, own.findings.size(), outcome.trace));
    for (const auto& finding : own.findings) {
      output_.say(fmt::format("  {}: {}", finding.at("judge").get<std::string>(),
                              finding.at("sentence").get<std::string>()));
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
    output_.say(fmt::format("{} seeds: {} findings, {:.1f} s, {:.0f} events/s", options_.seeds,
                            total_.findings.size(), total_.wall_seconds,
                            total_.events / total_.wall_seconds));
  }

  const sim::Scenario& scenario_;
  const SimulateSwarmOptions& options_;
  const Output& output_;
  Summary total_;
};

int simulate_swarm(const SimulateSwarmOptions& options) {
  const Output output(options.json);
  const auto scenario = scenario_of(options);
  if (!scenario) return output.fail(scenario.error());
  return SimulateSwarm(*scenario, options, output).run();
}

void declare_options(CLI::App& command, SimulateSwarmOptions& options) {
  command.add_option("--peers", options.peers, "Peers [1024]")->check(CLI::Range(1, 65536));
  command.add_option("--grid", options.grid, "Grid of the run, as 32x32 [32x32]");
  command.add_option("--vector", options.vector, "Elements of the vector [4096]")
      ->check(CLI::PositiveNumber);
  command.add_option("--steps", options.steps, "Averaging steps, of d rounds each [1]")
      ->check(CLI::PositiveNumber);
  command.add_option("--scenario", options.scenario,
                     "File with faults and a network; the options above overrule it");
  command.add_option("--latency", options.latency, "Milliseconds, as 30 or 1-5 [1-5]");
  command
      .add_option("--bandwidth", options.bandwidth,
                  "Bytes a second of each peer, each direction [125e6]")
      ->check(CLI::PositiveNumber);
  command.add_flag("--fixed-places", options.fixed_places,
                   "Peer i has place i, instead of claiming one");
  command.add_option("--seed", options.seed, "The first seed")->capture_default_str();
  command.add_option("--seeds", options.seeds, "Seeds, one after the other")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
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
      "  moshpit simulate swarm --scenario test/scenarios/storm.toml --seeds 100");
  command->callback([options, &exit_code] { exit_code = simulate_swarm(*options); });
}

}  // namespace moshpit
