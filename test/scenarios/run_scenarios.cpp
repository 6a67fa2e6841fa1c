// Runs scenario files, many seeds each, and prints a line a file. Exit code 1 if a judge found
// anything.
//   run_scenarios [--seeds N] [--first SEED] [--show] FILE...
// A finding comes with the command that replays its seed; --show prints every delivered frame of
// it.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "net/network.hpp"
#include "sim/swarm/scenario.hpp"
#include "wire/envelope.hpp"

namespace moshpit::sim {
namespace {

struct Options {
  std::vector<std::string> files;
  std::uint64_t seeds = 100;
  std::uint64_t first = 1;
  bool show = false;
};

struct Totals {
  std::size_t findings = 0;
  RoundJudge::Counters judged;
  std::size_t misfortunes = 0;
  std::size_t misfortunes_hit = 0;
  double worst_error = 0;
  Hasher traces;
};

std::string_view name_of(std::uint8_t protocol) {
  switch (static_cast<Protocol>(protocol)) {
    case Protocol::directory:
      return "directory";
    case Protocol::match:
      return "match";
    case Protocol::reduce:
      return "reduce";
    case Protocol::train:
      return "train";
  }
  return "network";
}

// The first frame of each side of a link is no envelope; it is shown as whatever it looks like.
void show_frame(Time time, const Host& from, const Host& to, ByteView frame) {
  constexpr std::string_view kinds[] = {"", "asks", "answers", "tells", "ping", "pong", "farewell"};
  const auto envelope = open_envelope(frame);
  const auto kind = envelope ? kinds[static_cast<std::size_t>(envelope->kind)] : "hello";
  fmt::print("{:10.6f}  {} -> {}  {:9} {:8} {:6} bytes\n", seconds(time.time_since_epoch()),
             from.id().brief(), to.id().brief(), name_of(envelope ? envelope->protocol : 0), kind,
             frame.size());
}

void run_seed(const Scenario& scenario, const std::string& file, std::uint64_t seed, bool show,
              Totals& totals) {
  const ScenarioOutcome outcome =
      run_scenario(scenario, seed, {show ? Observer(show_frame) : Observer(), {}});
  const std::vector<Finding>& findings = outcome.findings;
  if (scenario.faultless() && scenario.steps == 1) {
    totals.worst_error = std::max(totals.worst_error, outcome.rounds.back().max_error);
  }
  for (const Finding& finding : findings) {
    fmt::print("{} seed {}: {}: {}\n", scenario.name, seed, finding.judge, finding.sentence);
  }
  if (!findings.empty()) {
    fmt::print("  replay: run_scenarios --first {} --seeds 1 --show {}\n", seed, file);
  }
  totals.findings += findings.size();
  totals.judged.chunks_judged += outcome.judged.chunks_judged;
  totals.judged.refusals += outcome.judged.refusals;
  totals.judged.rounds_with_loss += outcome.judged.rounds_with_loss;
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
  fmt::print("\n");
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
  program.add_flag("--show", options.show, "Print every delivered frame");
  CLI11_PARSE(program, argc, argv);
  return moshpit::sim::run(options);
}
