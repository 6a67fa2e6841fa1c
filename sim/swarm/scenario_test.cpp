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

// Nobody knows yet with whom a record belongs, and each of eight cells must find its eight.
TEST(Swarm, SixtyFourThatComeAtOnceFillTheGrid) {
  Scenario scenario = scenario_of("8x8", 64);
  scenario.elements = 64;
  scenario.steps = 1;
  scenario.local_work = false;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const ScenarioOutcome outcome = run_scenario(scenario, seed);
    EXPECT_TRUE(outcome.findings.empty()) << sentences(outcome);
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

TEST(Swarm, WithRealSignaturesTheSameSeedGivesTheSameTrace) {
  Scenario scenario = scenario_of("2x2", 4);
  const std::uint64_t simulated = run_scenario(scenario, 5).trace;
  scenario.real_signatures = true;
  const ScenarioOutcome outcome = run_scenario(scenario, 5);
  EXPECT_TRUE(outcome.findings.empty()) << sentences(outcome);
  EXPECT_EQ(run_scenario(scenario, 5).trace, outcome.trace);
  EXPECT_NE(outcome.trace, simulated);
}

TEST(Swarm, ThreadsChangeNothing) {
  Scenario scenario = scenario_of("2x2x2", 6);
  scenario.steps = 4;
  scenario.late = 2;
  scenario.network.loss = 0.01;
  const ScenarioOutcome alone = run_scenario(scenario, 5, {}, nullptr, 1);
  EXPECT_TRUE(alone.findings.empty()) << sentences(alone);
  for (const std::size_t threads : {2, 3}) {
    const ScenarioOutcome outcome = run_scenario(scenario, 5, {}, nullptr, threads);
    EXPECT_EQ(outcome.trace, alone.trace);
    EXPECT_EQ(outcome.virtual_seconds, alone.virtual_seconds);
    EXPECT_EQ(outcome.judged.chunks_judged, alone.judged.chunks_judged);
    ASSERT_EQ(outcome.rounds.size(), alone.rounds.size());
    EXPECT_EQ(outcome.rounds.back().mean_squared_error, alone.rounds.back().mean_squared_error);
  }
}

TEST(Swarm, WhoLooksOnChangesNothing) {
  const Scenario scenario = scenario_of("2x2", 4);
  std::size_t frames = 0;
  const auto look = [&](Time, const Host&, const Host&, ByteView) { ++frames; };
  EXPECT_EQ(run_scenario(scenario, 5, {look, {}, {}}).trace, run_scenario(scenario, 5).trace);
  EXPECT_GT(frames, 100u);
}

TEST(Swarm, WhoIsKilledAndComesBackTakesItsSteps) {
  Scenario scenario = scenario_of("3x3", 7);
  scenario.steps = 3;
  scenario.faults.restart = 2;
  scenario.faults.restart_anew = 2;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const ScenarioOutcome outcome = run_scenario(scenario, seed);
    EXPECT_TRUE(outcome.findings.empty()) << sentences(outcome);
    EXPECT_EQ(outcome.misfortunes, 4u);
    EXPECT_EQ(run_scenario(scenario, seed).trace, outcome.trace);
  }
}

// Each round leaves records and watches under a new key, and the directory keeps them for longer
// than so many rounds take.
TEST(Swarm, RoundsOfMillisecondsGoOnForEver) {
  Scenario scenario = scenario_of("4", 4);
  scenario.elements = 4;
  scenario.steps = 2600;
  scenario.local_work = false;
  scenario.between_steps = std::chrono::milliseconds(1);
  scenario.network.latency_min = std::chrono::microseconds(50);
  scenario.network.latency_max = std::chrono::microseconds(100);
  const ScenarioOutcome outcome = run_scenario(scenario, 1);
  EXPECT_TRUE(outcome.findings.empty()) << sentences(outcome);
  EXPECT_EQ(outcome.grouped, 1.0);
  EXPECT_LT(outcome.virtual_seconds, 20.0);
}

Result<Scenario> read_text(const std::string& text) {
  const std::string path = testing::TempDir() + "scenario.toml";
  std::ofstream(path) << text;
  return Scenario::read(path);
}

std::string objection_to(const std::string& text) {
  const auto scenario = read_text(text);
  return scenario ? "" : scenario.error().message();
}

TEST(ScenarioFile, WhatIsMisspeltIsSaid) {
  EXPECT_NE(objection_to("peers = 3\n[faults]\ncrush = 1\n").find("crush"), std::string::npos);
  EXPECT_NE(objection_to("[hosts]\nspeeed = [1, 2]\n").find("speeed"), std::string::npos);
  EXPECT_NE(objection_to("[network]\njitter = 2\n").find("jitter"), std::string::npos);
}

TEST(ScenarioFile, ARangeHasTwoEnds) {
  EXPECT_EQ(objection_to("[hosts]\nspeed = [0.5, 2]\n"), "");
  for (const char* range : {"2", "[1]", "[2, 1]", "[0, 1]", "['slow', 'fast']"}) {
    const std::string text = std::string("[hosts]\nspeed = ") + range + "\n";
    EXPECT_NE(objection_to(text).find("speed"), std::string::npos) << range;
  }
}

TEST(ScenarioFile, AWrongValueIsSaidAndNothingElseTaken) {
  for (const char* entry :
       {"peers = 'x'", "peers = 0", "peers = -3", "peers = 2.5", "steps = 0", "elements = 0",
        "late = -1", "grid = 3", "grid = '3y3'", "local_work = 1", "between_steps_ms = -5",
        "network = 3", "[network]\nloss = 2", "[network]\nbytes_per_second = 0",
        "[faults]\ncrash = -1", "[hosts]\noutbound_only = 'all'", "[hosts]\nunaware = -1"}) {
    EXPECT_NE(objection_to(entry), "") << entry;
  }
}

TEST(ScenarioFile, WhatNoEntryAloneCanTellIsChecked) {
  for (const char* entries :
       {"peers = 2\n[hosts]\noutbound_only = 2", "[hosts]\noutbound_only = 2\nunaware = 3",
        "peers = 2\n[faults]\npoison = 2", "[network]\nlatency_min_ms = 9\nlatency_max_ms = 1",
        "peers = 5\ngrid = '2x2'\nclaim_places = false"}) {
    const auto scenario = read_text(entries);
    ASSERT_TRUE(scenario.ok()) << entries;
    EXPECT_FALSE(scenario->check().ok()) << entries;
  }
  EXPECT_TRUE(Scenario().check().ok());
}

TEST(ScenarioFile, HostsAndFaultsAreRead) {
  const auto scenario = read_text(
      "[network]\njitter_mean_ms = 3\n"
      "[costs]\nsign_ms = 0.5\nverify_ms = 2\nmebibyte_ms = 3\n"
      "[hosts]\noutbound_only = 2\nunaware = 1\nbytes_per_second_up = [1e5, 2e6]\n"
      "[faults]\nsplit = 1\nclog = 2\nskew = 3\nrestart = 4\nrestart_anew = 5\ncut_one_way = 6\n");
  ASSERT_TRUE(scenario.ok());
  EXPECT_EQ(scenario->network.jitter_mean, std::chrono::milliseconds(3));
  EXPECT_EQ(scenario->outbound_only, 2u);
  EXPECT_EQ(scenario->unaware, 1u);
  EXPECT_EQ(scenario->costs.sign, std::chrono::microseconds(500));
  EXPECT_EQ(scenario->costs.verify, std::chrono::milliseconds(2));
  EXPECT_EQ(scenario->costs.mebibyte, std::chrono::milliseconds(3));
  ASSERT_TRUE(scenario->hosts.bytes_per_second_up);
  EXPECT_EQ(scenario->hosts.bytes_per_second_up->most, 2e6);
  EXPECT_FALSE(scenario->hosts.speed);
  const Faults& faults = scenario->faults;
  EXPECT_EQ(faults.split + 10 * faults.clog + 100 * faults.skew, 321u);
  EXPECT_EQ(faults.restart + 10 * faults.restart_anew + 100 * faults.cut_one_way, 654u);
  EXPECT_FALSE(scenario->faultless());
}

}  // namespace
}  // namespace moshpit::sim
