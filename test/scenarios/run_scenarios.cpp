// Runs scenario files, many seeds each, and prints a line a file. Exit code 1 if a judge found anything.
//   run_scenarios [--seeds N] [--first SEED] [--show] FILE...
// A finding comes with the command that replays its seed; --show prints every delivered frame of it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "sim/swarm/scenario.hpp"

namespace moshpit::sim {
namespace {

struct Options {
  std::vector<std::string> files;
  std::uint64_t seeds = 100;
  std::uint64_t first = 1;
  bool show = false;
};

// A faultless scenario of one step must be exact after d rounds: the error of fp32 means of means of N(0,1) values.
constexpr double exact = 1e-6;

struct Totals {
  std::size_t findings = 0;
  std::size_t chunks_judged = 0;
  std::size_t refusals = 0;
  double worst_error = 0;
  Hasher traces;
};

void show_frame(Time time, const Host& from, const Host& to, ByteView frame) {
  fmt::print("{:10.6f}  {} -> {}  {:6} bytes\n", seconds(time.time_since_epoch()),
             from.id().brief(), to.id().brief(), frame.size());
}

void run_seed(const Scenario& scenario, const std::string& file, std::uint64_t seed, bool show,
              Totals& totals) {
  const ScenarioOutcome outcome =
      run_scenario(scenario, seed, show ? Observer(show_frame) : Observer());
  std::vector<Finding> findings = outcome.findings;
  if (!outcome.error_per_round.empty()) {
    totals.worst_error = std::max(totals.worst_error, outcome.error_per_round.back());
    if (!(outcome.error_per_round.back() <= exact)) {
      findings.push_back({"exact", fmt::format("off the mean of all by {} after d rounds",
                                               outcome.error_per_round.back())});
    }
  }
  for (const Finding& finding : findings) {
    fmt::print("{} seed {}: {}: {}\n", scenario.name, seed, finding.judge, finding.sentence);
  }
  if (!findings.empty()) {
    fmt::print("  replay: run_scenarios --first {} --seeds 1 --show {}\n", seed, file);
  }
  totals.findings += findings.size();
  totals.chunks_judged += outcome.chunks_judged;
  totals.refusals += outcome.refusals;
  totals.traces.add(outcome.trace);
}

// Returns the number of findings.
std::size_t run_file(const std::string& file, const Options& options) {
  const auto scenario = Scenario::read(file);
  if (!scenario) {
    fmt::print(stderr, "{}\n", scenario.error().message());
    return 1;
  }
  Totals totals;
  for (std::uint64_t i = 0; i < options.seeds; ++i) {
    run_seed(*scenario, file, options.first + i, options.show, totals);
  }
  const std::string trace = RoundId{totals.traces.digest()}.brief();
  fmt::print("{:12} {:5} seeds  {:3} findings  {:8} chunks judged  {:5} refusals  trace {}{}\n",
             scenario->name, options.seeds, totals.findings, totals.chunks_judged, totals.refusals,
             trace,
             totals.worst_error > 0 ? fmt::format("  worst error {:.2g}", totals.worst_error) : "");
  if (totals.chunks_judged == 0) fmt::print("{}: nothing was averaged, so nothing was judged\n", file);
  return totals.findings + (totals.chunks_judged == 0 ? 1 : 0);
}

int run(const Options& options) {
  std::size_t findings = 0;
  for (const std::string& file : options.files) findings += run_file(file, options);
  return findings == 0 ? 0 : 1;
}

}  // namespace
}  // namespace moshpit::sim

int main(int argc, char** argv) {
  moshpit::sim::Options options;
  CLI::App program("Runs scenarios in the simulated world and lets the judges look at them.");
  program.add_option("files", options.files, "Scenario files")->required();
  program.add_option("--seeds", options.seeds, "Seeds a file")->capture_default_str();
  program.add_option("--first", options.first, "The first seed")->capture_default_str();
  program.add_flag("--show", options.show, "Print every delivered frame");
  CLI11_PARSE(program, argc, argv);
  return moshpit::sim::run(options);
}
