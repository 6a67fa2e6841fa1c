// Swarms of the whole product, a seed or a few each: test/scenarios runs many.
#include "sim/swarm/scenario.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <string>

namespace moshpit::sim {
namespace {

Scenario scenario_of(const char* grid, std::size_t peers) {
  Scenario scenario;
  scenario.name = "test";
  scenario.peers = peers;
  scenario.grid = *Grid::parse(grid);
  return scenario;
}

std::string sentences(const ScenarioOutcome& outcome) {
  std::string all;
  for (const Finding& finding : outcome.findings) {
    all += finding.judge + ": " + finding.sentence + "\n";
  }
  return all;
}

TEST(Swarm, AFullGridHoldsTheMeanAfterAsManyRoundsAsDimensions) {
  for (const auto& [grid, peers] : {std::pair("2x2", 4), std::pair("3x3", 9), std::pair("2x2x2", 8),
                                    std::pair("5", 5), std::pair("4x4", 16)}) {
    Scenario scenario = scenario_of(grid, static_cast<std::size_t>(peers));
    scenario.steps = 1;
    scenario.unequal_weights = true;
    for (bool claim : {false, true}) {
      scenario.claim_places = claim;
      const ScenarioOutcome outcome = run_scenario(scenario, 1);
      EXPECT_TRUE(outcome.findings.empty()) << grid << "\n" << sentences(outcome);
      ASSERT_EQ(outcome.rounds.size(), scenario.grid.dimensions() + 1);
      EXPECT_LE(outcome.rounds.back().max_error, 1e-6) << grid;
    }
  }
}

TEST(Swarm, BeforeTheLastRoundTheMeanIsNotThereYet) {
  Scenario scenario = scenario_of("3x3", 9);
  scenario.steps = 1;
  const ScenarioOutcome outcome = run_scenario(scenario, 2);
  ASSERT_EQ(outcome.rounds.size(), 3u);
  EXPECT_GT(outcome.rounds[0].max_error, 0.1);
  EXPECT_GT(outcome.rounds[1].max_error, 0.1);
}

// Of N(0,1) vectors, M^-t - 1/N is what is left after t rounds of fewer than d.
TEST(Swarm, TheErrorFallsAsTheMethodSays) {
  Scenario scenario = scenario_of("4x4x4", 64);
  scenario.elements = 30'000;  // so many that chance moves the error by half a percent
  scenario.steps = 1;
  scenario.local_work = false;
  scenario.claim_places = false;
  scenario.comes_every = std::chrono::microseconds(500);
  const ScenarioOutcome outcome = run_scenario(scenario, 1);
  EXPECT_TRUE(outcome.findings.empty()) << sentences(outcome);
  ASSERT_EQ(outcome.rounds.size(), 4u);
  const double expected[] = {1 - 1. / 64, 1. / 4 - 1. / 64, 1. / 16 - 1. / 64};
  for (std::size_t t = 0; t < 3; ++t) {
    EXPECT_NEAR(outcome.rounds[t].mean_squared_error / expected[t], 1, 0.02) << t;
    EXPECT_EQ(outcome.rounds[t].peers, 64u);
  }
  EXPECT_LE(outcome.rounds[3].max_error, 1e-6);
}

TEST(Swarm, OneAloneGoesThroughItsSteps) {
  const ScenarioOutcome outcome = run_scenario(scenario_of("2x2", 1), 1);
  EXPECT_TRUE(outcome.findings.empty()) << sentences(outcome);
  EXPECT_EQ(outcome.judged.chunks_judged, 0u);
}

TEST(Swarm, MorePeersThanPlacesAverageInSeveralGroups) {
  const ScenarioOutcome outcome = run_scenario(scenario_of("2x2", 7), 1);
  EXPECT_TRUE(outcome.findings.empty()) << sentences(outcome);
  EXPECT_GT(outcome.judged.chunks_judged, 0u);
}

TEST(Swarm, AHoleCostsAStepNoMoreThanASecondOnceItIsKnown) {
  Scenario scenario = scenario_of("3x3", 8);
  scenario.steps = 12;
  const ScenarioOutcome outcome = run_scenario(scenario, 1);
  EXPECT_TRUE(outcome.findings.empty()) << sentences(outcome);
  // The first step waits for longer, because nothing is measured yet; joining takes three seconds.
  EXPECT_LT(outcome.virtual_seconds, 30);
}

TEST(Swarm, LatePeersDownloadTheStateAndTakePart) {
  Scenario scenario = scenario_of("2x2x2", 6);
  scenario.steps = 8;
  scenario.late = 2;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const ScenarioOutcome outcome = run_scenario(scenario, seed);
    EXPECT_TRUE(outcome.findings.empty()) << sentences(outcome);
  }
}

TEST(Swarm, TheSameSeedGivesTheSameTraceAndAnotherSeedAnother) {
  Scenario scenario = scenario_of("3x3", 7);
  scenario.faults.crash = 1;
  scenario.faults.freeze = 1;
  scenario.network.loss = 0.01;
  const std::uint64_t trace = run_scenario(scenario, 5).trace;
  EXPECT_EQ(run_scenario(scenario, 5).trace, trace);
  EXPECT_NE(run_scenario(scenario, 6).trace, trace);
}

TEST(Swarm, WhoLooksOnChangesNothing) {
  const Scenario scenario = scenario_of("2x2", 4);
  std::size_t frames = 0;
  const auto look = [&](Time, const Host&, const Host&, ByteView) { ++frames; };
  EXPECT_EQ(run_scenario(scenario, 5, {look, {}, {}}).trace, run_scenario(scenario, 5).trace);
  EXPECT_GT(frames, 100u);
}

TEST(ScenarioFile, WhatIsMisspeltIsSaid) {
  const std::string path = testing::TempDir() + "misspelt.toml";
  std::ofstream(path) << "peers = 3\n[faults]\ncrush = 1\n";
  const auto scenario = Scenario::read(path);
  ASSERT_FALSE(scenario.ok());
  EXPECT_NE(scenario.error().message().find("crush"), std::string::npos);
}

}  // namespace
}  // namespace moshpit::sim
