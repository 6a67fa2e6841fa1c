// The judges, shown reports that are right and reports that lie.
#include "sim/swarm/round_judge.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <string>
#include <vector>

#include "base/hash.hpp"

namespace moshpit::sim {
namespace {

using namespace std::chrono_literals;

constexpr RoundTime first_round{1, 0};
constexpr double weight_limit = 10;

PeerId peer_id(std::uint64_t index) { return PeerId{Hasher().add(index).digest()}; }

// Two peers that bring 1 with weight 1 and 4 with weight 2, and hold 3 with weight 1.5 afterwards.
class Court {
 public:
  Court() : judge(findings, weight_limit), brought{WeightedVector({1}, 1), WeightedVector({4}, 2)} {
    held = {WeightedVector({3}, 1.5), WeightedVector({3}, 1.5)};
    for (std::size_t i = 0; i < 2; ++i) reports.push_back(report_of(i));
  }

  // The judges that object.
  std::vector<std::string> verdict() {
    for (std::size_t i = 0; i < 2; ++i)
      judge.round_begins(peer_id(i), first_round, brought[i], now);
    now += took;
    for (std::size_t i = 0; i < 2; ++i) judge.round_ended(peer_id(i), reports[i], held[i], now);
    std::vector<std::string> names;
    for (const Finding& finding : findings.all()) names.push_back(finding.judge);
    return names;
  }

  bool objects(const std::string& name) {
    const auto names = verdict();
    return std::find(names.begin(), names.end(), name) != names.end();
  }

  Findings findings;
  RoundJudge judge;
  std::vector<WeightedVector> brought;
  std::vector<WeightedVector> held;
  std::vector<RoundReport> reports;
  Time now{1h};
  Duration took{1s};

 private:
  static RoundReport report_of(std::size_t self) {
    RoundReport report;
    report.time = first_round;
    report.members = {peer_id(0), peer_id(1)};
    report.self = self;
    report.outcome = RoundOutcome::averaged;
    report.matching = 500ms;
    report.deadline = 600ms;
    ChunkReport chunk;
    chunk.end = 1;
    chunk.averaged = true;
    chunk.contributors.set(0).set(1);
    chunk.mean_weight = 1.5;
    report.chunks = {chunk};
    report.view.set(0).set(1);
    return report;
  }
};

TEST(RoundJudge, HasNothingAgainstAnHonestRound) {
  Court court;
  EXPECT_TRUE(court.verdict().empty());
  EXPECT_EQ(court.judge.counters().chunks_judged, 2u);
  EXPECT_EQ(court.judge.counters().rounds_with_loss, 0u);
}

TEST(RoundJudge, R1MeansMustBeExact) {
  Court court;
  for (WeightedVector& vector : court.held) vector.values[0] = 3.00001f;
  EXPECT_TRUE(court.objects("R1"));
}

TEST(RoundJudge, R1ContributorsMustHaveTakenPart) {
  Court court;
  court.reports[0].members[1] = peer_id(2);
  EXPECT_TRUE(court.objects("R1"));
}

TEST(RoundJudge, R2ResultsMustBeTheSameToTheBit) {
  Court court;
  court.held[1].values[0] = std::nextafter(3.0f, 4.0f);
  EXPECT_TRUE(court.objects("R2"));
}

TEST(RoundJudge, R2BitmapsMustBeTheSame) {
  Court court;
  court.reports[1].chunks[0].contributors.reset(0);
  EXPECT_TRUE(court.objects("R2"));
}

TEST(RoundJudge, R3NoElementIsPassedOverInSilence) {
  Court court;
  for (RoundReport& report : court.reports) report.chunks.clear();
  EXPECT_TRUE(court.objects("R3"));
}

// The view of one is without the other, or of both.
TEST(RoundJudge, R2HoldsForTwoWhoAreInEachOthersViews) {
  for (const bool mutual : {false, true}) {
    Court court;
    court.reports[1].chunks[0].contributors.reset(0);
    court.reports[1].chunks[0].mean_weight = 2;
    court.held[1] = court.brought[1];
    court.reports[1].lost.push_back({peer_id(0), LossReason::silent, "sent nothing"});
    if (!mutual) court.reports[1].view.reset(0);
    EXPECT_EQ(court.objects("R2"), mutual);
  }
}

TEST(RoundJudge, R2NobodyIsLeftOutOfAViewInSilence) {
  for (const bool named : {false, true}) {
    Court court;
    court.reports[1].view.reset(0);
    if (named) court.reports[1].lost.push_back({peer_id(0), LossReason::silent, "sent nothing"});
    EXPECT_EQ(court.objects("R2"), !named);
  }
  Court court;
  court.reports[1].view.reset(1);
  EXPECT_TRUE(court.objects("R2"));
}

TEST(RoundJudge, R3WhoFailsKeepsEverythingAndSaysBecauseOfWhom) {
  for (const bool named : {false, true}) {
    Court court;
    RoundReport& report = court.reports[1];
    report.view.reset();
    report.chunks[0] = ChunkReport{0, 1, false, {}, 0};
    court.held[1] = court.brought[1];
    if (named) report.lost.push_back({peer_id(0), LossReason::disconnected, "its link closed"});
    EXPECT_EQ(court.objects("R3"), !named);
  }
  Court court;
  court.reports[1].view.reset();
  court.reports[1].lost.push_back({peer_id(0), LossReason::disconnected, "its link closed"});
  EXPECT_TRUE(court.objects("R3")) << "failed, and took a mean";
}

TEST(RoundJudge, R3WhoFinishesHasEveryChunk) {
  Court court;
  court.reports[1].chunks[0] = ChunkReport{0, 1, false, {}, 0};
  court.held[1] = court.brought[1];
  EXPECT_TRUE(court.objects("R3"));
}

TEST(RoundJudge, R3AChunkWithoutAnyWeightHasNoMean) {
  Court court;
  court.brought = {WeightedVector({1}, 0), WeightedVector({4}, 0)};
  court.held = court.brought;
  for (RoundReport& report : court.reports) report.chunks[0] = ChunkReport{0, 1, false, {}, 0};
  EXPECT_FALSE(court.objects("R3"));
}

TEST(RoundJudge, R4RoundsMustEndByTheirDeadlineWhateverTheySay) {
  Court court;
  court.took = 1200ms;
  EXPECT_TRUE(court.objects("R4"));
}

TEST(RoundJudge, R4RoundsMustEndAtAll) {
  Court court;
  court.judge.round_begins(peer_id(0), first_round, court.brought[0], court.now);
  court.judge.leaves(peer_id(0), court.now + 20s);
  EXPECT_TRUE(court.findings.all().empty());
  court.judge.leaves(peer_id(0), court.now + 2min);
  ASSERT_EQ(court.findings.all().size(), 1u);
  EXPECT_EQ(court.findings.all()[0].judge, "R4");
}

TEST(RoundJudge, R5WeightsTellWhoIsInTwice) {
  Court court;
  for (RoundReport& report : court.reports) report.chunks[0].mean_weight = 2.5;
  EXPECT_TRUE(court.objects("R5"));
}

// Peer 1 was killed in the round and came back: either life may be in the mean, but no third vector
// and no mixture.
TEST(RoundJudge, R1WhoBeginsARoundTwiceIsInItsMeanOnce) {
  const WeightedVector former({7}, 1);  // with peer 0: 4 with weight 1
  for (const float mean : {3.0f, 4.0f, 3.5f}) {
    Court court;
    court.judge.round_begins(peer_id(1), first_round, former, court.now);
    court.reports[1].members = {peer_id(1)};  // another group, so that only peer 0 names both
    court.reports[1].self = 0;
    court.reports[1].id.bytes[0] = std::byte{1};
    court.reports[1].chunks[0].contributors.reset(1);
    court.reports[1].chunks[0].mean_weight = 2;
    court.held[1] = court.brought[1];
    court.held[0].values[0] = mean;
    if (mean == 4) court.reports[0].chunks[0].mean_weight = court.held[0].weights[0] = 1;
    EXPECT_EQ(court.objects("R1"), mean == 3.5f) << mean;
    EXPECT_EQ(court.judge.counters().chunks_judged, 1u);
  }
}

TEST(RoundJudge, R6AChunkThatWasNotAveragedMustKeepItsBytes) {
  Court court;
  for (RoundReport& report : court.reports) report.chunks[0].averaged = false;
  EXPECT_TRUE(court.objects("R6"));
}

TEST(RoundJudge, R7WhatIsNotFiniteMustStayOut) {
  Court court;
  court.brought[1].values[0] = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(court.objects("R7"));
}

TEST(RoundJudge, R7WeightsBeyondTheLimitMustStayOut) {
  for (double weight : {-1.0, weight_limit + 1, std::numeric_limits<double>::quiet_NaN()}) {
    Court court;
    court.brought[1].weights[0] = weight;
    EXPECT_TRUE(court.objects("R7")) << weight;
  }
}

TEST(RoundJudge, R7NobodyIsRefusedForNothing) {
  Court court;
  court.reports[0].lost.push_back({peer_id(1), LossReason::refused, "for nothing"});
  EXPECT_TRUE(court.objects("R7"));
}

// All is true that these reports say, and yet somebody's values went nowhere.
TEST(RoundJudge, R8MassIsLostOnlyWithAPeer) {
  for (const bool named : {false, true}) {
    Court court;
    for (std::size_t i = 0; i < 2; ++i) {
      court.reports[i].chunks[0].contributors.reset(1);
      court.reports[i].chunks[0].mean_weight = 1;
      court.held[i] = WeightedVector({1}, 1);
    }
    if (named) court.reports[0].lost.push_back({peer_id(1), LossReason::silent, "sent nothing"});
    EXPECT_EQ(court.objects("R8"), !named);
  }
}

TEST(RoundJudge, CountsRefusalsAndLosses) {
  Court court;
  court.brought[1].values[0] = std::numeric_limits<float>::quiet_NaN();
  court.judge.knows_poisoner(peer_id(1));
  RoundReport& report = court.reports[0];
  report.lost.push_back({peer_id(1), LossReason::refused, "not finite"});
  report.lost.push_back({peer_id(2), LossReason::silent, "sent nothing"});
  report.chunks[0].contributors.reset(1);
  report.chunks[0].mean_weight = 1;
  court.held[0] = WeightedVector({1}, 1);
  EXPECT_TRUE(court.verdict().empty()) << court.findings.all()[0].sentence;
  EXPECT_EQ(court.judge.counters().refusals, 1u);
  EXPECT_EQ(court.judge.counters().rounds_with_loss, 1u);
}

}  // namespace
}  // namespace moshpit::sim
