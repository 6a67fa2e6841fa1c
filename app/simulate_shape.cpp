#include "app/simulate_shape.hpp"

#include <chrono>
#include <cstdio>
#include <fmt/format.h>

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// Peers of a large swarm do not all start in one millisecond.
constexpr Duration comes_every = 500us;

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

// The paper's groups.
constexpr std::uint32_t usual_group = 32;

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

}  // namespace

Result<sim::Scenario> scenario_of(const SwarmShape& shape) {
  auto read = shape.scenario.empty() ? usual_scenario() : sim::Scenario::read(shape.scenario);
  if (!read) return read.error();
  sim::Scenario scenario = *std::move(read);
  if (shape.grid) {
    const auto grid = Grid::parse(*shape.grid);
    if (!grid) return grid.error();
    scenario.grid = *grid;
  }
  scenario.peers = shape.peers.value_or(scenario.peers);
  if (shape.peers && !shape.grid) scenario.grid = Grid::fitting(*shape.peers, usual_group);
  scenario.elements = shape.vector.value_or(scenario.elements);
  scenario.steps = shape.steps.value_or(scenario.steps);
  scenario.network.bytes_per_second = shape.bandwidth.value_or(scenario.network.bytes_per_second);
  scenario.outbound_only = shape.outbound_only.value_or(scenario.outbound_only);
  if (shape.fixed_places) scenario.claim_places = false;
  if (shape.real_signatures) scenario.real_signatures = true;
  if (shape.latency) {
    const auto latency = read_latency(*shape.latency, scenario.network);
    if (!latency) return latency.error();
  }
  if (const auto good = scenario.check(); !good) return good.error();
  return scenario;
}

std::string replay_command(const SwarmShape& shape, std::uint64_t seed) {
  std::string command = fmt::format("moshpit simulate replay {}", seed);
  const auto add = [&](const char* option, const auto& value) {
    if (value) command += fmt::format(" {} {}", option, *value);
  };
  if (!shape.scenario.empty()) command += " --scenario " + shape.scenario;
  add("--peers", shape.peers);
  add("--grid", shape.grid);
  add("--vector", shape.vector);
  add("--steps", shape.steps);
  add("--latency", shape.latency);
  add("--bandwidth", shape.bandwidth);
  add("--outbound-only", shape.outbound_only);
  if (shape.fixed_places) command += " --fixed-places";
  if (shape.real_signatures) command += " --real-signatures";
  return command;
}

void declare_shape(CLI::App& command, SwarmShape& shape) {
  command.add_option("--peers", shape.peers, "Peers [1024]")->check(CLI::Range(1, 65536));
  command.add_option(
      "--grid", shape.grid,
      "Grid of the run, as 32x32 [the one that fits --peers, in groups of at most 32]");
  command.add_option("--vector", shape.vector, "Elements of the vector [4096]")
      ->check(CLI::Range(1, 100'000'000));
  command.add_option("--steps", shape.steps, "Averaging steps, of d rounds each [1]")
      ->check(CLI::Range(1, 1'000'000));
  command.add_option("--scenario", shape.scenario,
                     "File with faults and a network; the options above overrule it");
  command.add_option("--latency", shape.latency, "Milliseconds, as 30 or 1-5 [1-5]");
  command
      .add_option("--bandwidth", shape.bandwidth,
                  "Bytes a second of each peer, each direction [125e6]")
      ->check(CLI::Range(1.0, 1e12));
  command.add_option("--outbound-only", shape.outbound_only,
                     "So many of the peers accept no connections [0]");
  command.add_flag("--fixed-places", shape.fixed_places,
                   "Peer i has place i, instead of claiming one");
  command.add_flag("--real-signatures", shape.real_signatures,
                   "Records are signed with Ed25519, as in a real run, and not with a hash");
}

}  // namespace moshpit
