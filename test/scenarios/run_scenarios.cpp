// Runs scenario files, many seeds each, and prints a line a file. Exit code 1 if a judge found
// anything.
//   run_scenarios [--seeds N] [--first SEED] FILE...
// A finding comes with the command that shows the conversation of its seed.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fmt/format.h>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "sim/swarm/memory.hpp"
#include "sim/swarm/scenario.hpp"

namespace moshpit::sim {
namespace {

struct Options {
  std::vector<std::string> files;
  std::uint64_t seeds = 100;
  std::uint64_t first = 1;
};

struct Totals {
  std::size_t findings = 0;
  RoundJudge::Counters judged;
  std::size_t misfortunes = 0;
  std::size_t misfortunes_hit = 0;
  std::uint64_t steps_to_agree = 0;  // at most
  double worst_error = 0;
  Hasher traces;
};

void run_seed(const Scenario& scenario, const std::string& file, std::uint64_t seed,
              Totals& totals) {
  const ScenarioOutcome outcome = run_scenario(scenario, seed, {}, nullptr, 1);
  const std::vector<Finding>& findings = outcome.findings;
  if (scenario.faultless() && scenario.steps == 1) {
    totals.worst_error = std::max(totals.worst_error, outcome.rounds.back().max_error);
  }
  for (const Finding& finding : findings) {
    fmt::print("{} seed {}: {}: {}\n", scenario.name, seed, finding.judge, finding.sentence);
  }
  if (!findings.empty()) {
    fmt::print("  replay: moshpit simulate replay {} --scenario {}\n", seed, file);
  }
  totals.findings += findings.size();
  totals.judged.chunks_judged += outcome.judged.chunks_judged;
  totals.judged.refusals += outcome.judged.refusals;
  totals.judged.rounds_with_loss += outcome.judged.rounds_with_loss;
  totals.steps_to_agree = std::max(totals.steps_to_agree, outcome.steps_to_agree);
  totals.misfortunes += outcome.misfortunes;
  totals.misfortunes_hit += outcome.misfortunes_hit;
  totals.traces.add(outcome.trace);
}

// Judges that find nothing must have had something to look at.
std::vector<std::string> nothing_to_judge(const Scenario& scenario, const Totals& totals) {
  std::vector<std::string> sentences;
  if (totals.judged.chunks_judged == 0) sentences.push_back("nothing was averaged");
  if (scenario.faults.poison > 0 && totals.judged.refusals == 0) {
    sentences.push_back("nothing was refused");
  }
  const bool harmless = scenario.faultless() || totals.misfortunes == 0;
  if (!harmless && totals.misfortunes_hit == 0) sentences.push_back("no fault hit a round");
  return sentences;
}

void print(const Scenario& scenario, const Options& options, const Totals& totals) {
  fmt::print("{:12} {:5} seeds  {:3} findings  {:8} chunks judged  {:5} refusals  ", scenario.name,
             options.seeds, totals.findings, totals.judged.chunks_judged, totals.judged.refusals);
  fmt::print("{:4} faults, {:4} in a round  {:5} rounds lost a peer  trace {}", totals.misfortunes,
             totals.misfortunes_hit, totals.judged.rounds_with_loss,
             RoundId{totals.traces.digest()}.brief());
  if (totals.worst_error > 0) fmt::print("  worst error {:.2g}", totals.worst_error);
  if (!scenario.faultless()) fmt::print("  agree after {} steps", totals.steps_to_agree);
  fmt::print("\n");
}

// Returns the number of findings.
std::size_t run_file(const std::string& file, const Options& options) {
  const auto scenario = Scenario::read(file);
  const auto good = scenario ? scenario->check() : Result<void>(scenario.error());
  if (!good) {
    fmt::print(stderr, "{}\n", good.error().message());
    return 1;
  }
  Totals totals;
  for (std::uint64_t i = 0; i < options.seeds; ++i) {
    run_seed(*scenario, file, options.first + i, totals);
  }
  print(*scenario, options, totals);
  const std::vector<std::string> vacuous = nothing_to_judge(*scenario, totals);
  for (const std::string& sentence : vacuous) fmt::print("{}: {}\n", scenario->name, sentence);
  return totals.findings + vacuous.size();
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
  CLI11_PARSE(program, argc, argv);
  moshpit::sim::prefer_large_pages();
  return moshpit::sim::run(options);
}
