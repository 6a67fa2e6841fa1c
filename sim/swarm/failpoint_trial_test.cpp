// Peers struck at named steps, in swarms of the whole product. test/CMakeLists.txt runs all cases.
#include "sim/swarm/failpoint_trial.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>

#include "wire/envelope.hpp"

namespace moshpit::sim {
namespace {

Scenario small_scenario() {
  Scenario scenario;
  scenario.name = "test";
  scenario.peers = 4;
  scenario.grid = *Grid::parse("2x2");
  scenario.elements = 6000;
  return scenario;
}

TEST(Failpoints, WatchingChangesNothing) {
  const Scenario scenario = small_scenario();
  Failpoints watching(scenario.elements, {});
  const std::uint64_t trace = run_scenario(scenario, 5, {}, &watching).trace;
  EXPECT_EQ(trace, run_scenario(scenario, 5).trace);
  EXPECT_GT(watching.occurrences().size(), 50u);
}

// The world strikes a host when it has run to its end; not one chunk more goes out until then.
TEST(Failpoints, AKillAtTheFirstChunkLetsOneOut) {
  const Scenario scenario = small_scenario();
  Failpoints watching(scenario.elements, {});
  run_scenario(scenario, 5, {}, &watching);
  const auto all = watching.occurrences();
  const auto first = std::find_if(all.begin(), all.end(), [](const Occurrence& one) {
    return one.point == Failpoint::first_chunk && one.part == Part::member;
  });
  ASSERT_NE(first, all.end());
  Failpoints striking(scenario.elements, {Strike{*first, Blow::kill, {}}});
  std::vector<PeerId> peers;
  std::vector<std::uint64_t> chunks(scenario.peers, 0);
  Onlookers onlookers;
  onlookers.arrivals = [&](const PeerId& peer) { peers.push_back(peer); };
  onlookers.frames = [&](Time, const Host& from, const Host&, ByteView frame) {
    const auto sender = std::find(peers.begin(), peers.end(), from.id()) - peers.begin();
    const Utterance utterance = read_utterance(frame, 0);
    if (std::holds_alternative<ChunkView>(utterance)) ++chunks[static_cast<std::size_t>(sender)];
  };
  const ScenarioOutcome outcome = run_scenario(scenario, 5, onlookers, &striking);
  EXPECT_TRUE(outcome.findings.empty());
  EXPECT_TRUE(striking.over());
  EXPECT_EQ(chunks[first->peer], 1u) << "it is the victim's first round";
}

TEST(Failpoints, TheSameSeedStrikesTheSamePeerAndTheSameTrace) {
  const FailpointCase one{Failpoint::half_out, Part::owner, Blow::freeze};
  const FailpointResult once = FailpointTrial(7).run(one);
  const FailpointResult again = FailpointTrial(7).run(one);
  EXPECT_TRUE(once.struck);
  EXPECT_EQ(once.trace, again.trace);
  EXPECT_NE(once.trace, FailpointTrial(8).run(one).trace);
}

TEST(Failpoints, EveryStepAndEveryPartHasACase) {
  std::map<Failpoint, int> points;
  std::map<Part, int> parts;
  for (const FailpointCase& one : all_failpoint_cases()) {
    ++points[one.point];
    ++parts[one.part];
  }
  EXPECT_EQ(points.size(), failpoint_count);
  EXPECT_EQ(parts.size(), part_count);
}

}  // namespace
}  // namespace moshpit::sim
