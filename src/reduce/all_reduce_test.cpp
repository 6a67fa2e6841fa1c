// Whole rounds over simulated links: exact without faults, bounded and in agreement with them.
#include "reduce/all_reduce.hpp"

#include <gtest/gtest.h>

#include "net/link_table.hpp"
#include "reduce/round_world.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

std::size_t averaged_chunks(const RoundReport& report) {
  std::size_t count = 0;
  for (const ChunkReport& chunk : report.chunks) count += chunk.averaged ? 1 : 0;
  return count;
}

// Everybody in every chunk, nobody lost, everybody with the same bytes.
void expect_perfect(RoundWorld& group) {
  group.judge();
  for (std::size_t i = 0; i < group.peers.size(); ++i) {
    const RoundReport& report = *group.peers[i]->report;
    EXPECT_EQ(report.outcome, RoundOutcome::averaged);
    EXPECT_EQ(report.self, i);
    EXPECT_EQ(report.members.size(), group.peers.size());
    for (const LostPeer& lost : report.lost) ADD_FAILURE() << lost.sentence;
    for (const ChunkReport& chunk : report.chunks) {
      ASSERT_EQ(chunk.contributors.count(), group.peers.size());
    }
    EXPECT_EQ(0, std::memcmp(group.after(i).values.data(), group.after(0).values.data(),
                             group.before[0].values.size() * sizeof(float)));
  }
}

// 2(n-1)/n of the vector out of every member in the mean, and one header a frame.
void expect_bytes(const RoundWorld& group) {
  const std::size_t others = group.peers.size() - 1;
  const std::size_t elements = group.before[0].values.size();
  const std::size_t headers =
      ChunkLayout(elements).count() * (contribution_header_size + result_header_size);
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  for (const Participant* peer : group.peers) {
    sent += peer->report->bytes_sent;
    received += peer->report->bytes_received;
  }
  EXPECT_EQ(sent, others * (2 * elements * sizeof(float) + headers));
  EXPECT_EQ(received, sent);
}

// What one says that it sent the other says that it received, and the phases leave nothing out.
void expect_accounts(const RoundWorld& group) {
  for (std::size_t i = 0; i < group.peers.size(); ++i) {
    const RoundReport& report = *group.peers[i]->report;
    std::uint64_t sent = 0;
    for (std::size_t j = 0; j < group.peers.size(); ++j) {
      sent += report.traffic.at(j).bytes_sent;
      EXPECT_EQ(report.traffic[j].bytes_sent, group.peers[j]->report->traffic.at(i).bytes_received);
      EXPECT_EQ(report.traffic[j].goodput > 0, i != j);
    }
    EXPECT_EQ(sent, report.bytes_sent);
    const RoundPhases& phases = report.phases;
    EXPECT_EQ(phases.transfer + phases.codec + phases.sum + phases.waiting, report.reducing);
  }
}

TEST(AllReduce, IsExactAndTheSameEverywhere) {
  for (std::size_t count : {2u, 3u, 4u, 8u}) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      RoundWorld group(seed, count, 20000);
      group.introduce();
      group.begin();
      ASSERT_TRUE(group.finish(5s)) << count << " members, seed " << seed;
      expect_perfect(group);
      expect_bytes(group);
      expect_accounts(group);
    }
  }
}

// All dial each other at once in a first round, and links replace each other while chunks are under
// way. In one group of some hundred somebody is done just when it has no link, and sends the others
// its last results after its report.
TEST(AllReduce, LinksThatReplaceEachOtherCostNobodyAResult) {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    for (std::size_t count : {3u, 4u}) {
      RoundWorld group(seed, count, 5000);
      group.begin();
      ASSERT_TRUE(group.finish(5s)) << count << " members, seed " << seed;
      expect_perfect(group);
      if (testing::Test::HasFailure()) FAIL() << count << " members, seed " << seed;
    }
  }
}

// One of too many links: the other side did not know of the round yet.
TEST(AllReduce, ALinkThatIsGivenUpIsNoLossAndALostOneIs) {
  for (const LinkEnd end : {LinkEnd::given_up, LinkEnd::lost}) {
    RoundWorld group(1, 3, 20000);
    group.begin();
    group.world.at(Time{} + 25ms,
                   [&] { group.peers[0]->all_reduce.disconnected(group.members[1].id, end); });
    ASSERT_TRUE(group.finish(5s));
    if (end == LinkEnd::given_up) {
      expect_perfect(group);
    } else {
      EXPECT_EQ(group.peers[0]->report->lost.size(), 1u);
    }
  }
}

// Holds a link to one of the group.
class Caller {
 public:
  Caller(sim::Host& host, Contact to)
      : network_(host.loop(), host.transport(), host.credentials(), Participant::membership()),
        tasks_(host.loop()) {
    tasks_.spawn(call(std::move(to)));
  }

 private:
  Task<> call(Contact to) {
    const Time deadline = network_.loop().now() + 5s;
    auto link = co_await network_.connect(std::move(to), deadline);
    EXPECT_TRUE(link) << link.error().message();
  }

  Network network_;
  TaskGroup tasks_;
};

// The owner of the only chunk has so many links that it gives up those to the group, which were
// idle. Returns how many were dialled again.
std::uint64_t links_given_up_in_a_round(Duration begins, std::vector<std::size_t> outbound_only) {
  sim::NetworkModel far;
  far.latency_min = far.latency_max = 100ms;
  RoundWorld group(1, 3, 200, far, std::move(outbound_only));
  const Participant& owner = *group.peers[2];
  const Contact owner_contact = group.members[2];
  group.begin();
  EXPECT_TRUE(group.finish(5s));
  for (std::size_t i = 0; i < 3; ++i) group.before[i] = group.after(i);
  for (std::size_t i = 0; i < LinkTable::limit; ++i) {
    sim::Host& host = group.world.add_host();
    host.start<Caller>(host, owner_contact);
  }
  group.world.run_until(Time{} + begins);
  const std::uint64_t links_before = owner.network.counters().links_opened;
  group.begin(1);
  EXPECT_TRUE(group.finish(5s));
  expect_perfect(group);
  return owner.network.counters().links_opened - links_before;
}

TEST(AllReduce, LinksThatAreGivenUpWhileContributionsAreUnderWayCostNobodyAResult) {
  for (const std::vector<std::size_t>& outbound_only : {std::vector<std::size_t>{}, {0}}) {
    std::uint64_t dialled_again = 0;
    for (Duration begins = 1300ms; begins < 2300ms; begins += 25ms) {
      dialled_again += links_given_up_in_a_round(begins, outbound_only);
    }
    EXPECT_GT(dialled_again, 0u);
  }
}

TEST(AllReduce, AVectorOfFewElementsOrNone) {
  for (std::size_t elements : {0u, 1u, 255u, 257u}) {
    RoundWorld group(1, 4, elements);
    group.begin();
    ASSERT_TRUE(group.finish(5s));
    group.judge();
    if (elements > 0) expect_perfect(group);
  }
}

TEST(AllReduce, ManyFullChunks) {
  RoundWorld group(1, 3, 1'500'000);
  group.begin();
  ASSERT_TRUE(group.finish(10s));
  expect_perfect(group);
  expect_bytes(group);
}

TEST(AllReduce, RoundAfterRoundOnTheSameLinks) {
  RoundWorld group(3, 4, 5000);
  for (unsigned round = 0; round < 5; ++round) {
    for (std::size_t i = 0; i < 4; ++i) group.before[i] = group.after(i);
    group.begin(round);
    ASSERT_TRUE(group.finish(5s));
    expect_perfect(group);
  }
  EXPECT_LE(group.peers[0]->network.counters().links_opened, 6u);
}

TEST(AllReduce, WhoAcceptsNoConnectionsTakesPartAndOwnsNothing) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    RoundWorld group(seed, 5, 10000, {}, {1, 4});
    group.begin();
    ASSERT_TRUE(group.finish(5s));
    expect_perfect(group);
    expect_bytes(group);
    EXPECT_FALSE(group.peers[1]->network.connected(group.members[4].id));
  }
}

TEST(AllReduce, LossAndDelayCostNobodyItsPlace) {
  sim::NetworkModel rough;
  rough.latency_min = 20ms;
  rough.latency_max = 150ms;
  rough.loss = 0.02;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    RoundWorld group(seed, 4, 20000, rough);
    group.begin();
    ASSERT_TRUE(group.finish(20s));
    expect_perfect(group);
  }
}

TEST(AllReduce, ALinkFourTimesSlowerThanGuessedStillMeetsTheDeadline) {
  sim::NetworkModel slow;
  slow.bytes_per_second = 1e6;
  RoundWorld group(1, 4, 250'000, slow);
  group.begin();
  ASSERT_TRUE(group.finish(20s));
  expect_perfect(group);
  // Three others share a line, in both directions at once.
  const RoundReport& report = *group.peers[0]->report;
  EXPECT_GT(report.traffic[1].goodput, 0.2e6);
  EXPECT_LT(report.traffic[1].goodput, 0.5e6);
  EXPECT_GT(report.phases.transfer, report.phases.waiting);
}

TEST(AllReduce, DeadlinesAdaptToALinkThatIsMuchSlower) {
  sim::NetworkModel slow;
  slow.bytes_per_second = 1e5;
  RoundWorld group(1, 4, 150'000, slow);
  std::size_t whole = 0;
  for (unsigned round = 0; round < 8; ++round) {
    for (std::size_t i = 0; i < 4; ++i) group.before[i] = group.after(i);
    group.begin(round);
    ASSERT_TRUE(group.finish(300s));
    group.judge();
    group.world.run_until(group.world.now() + 20s);
    const RoundReport& report = *group.peers[0]->report;
    whole = averaged_chunks(report) == report.chunks.size() && report.lost.empty() ? whole + 1 : 0;
  }
  EXPECT_GE(whole, 2u);
}

enum class Fault { crash, vanish, freeze, freeze_and_thaw, cut };

void strike(RoundWorld& group, Fault fault, std::size_t victim, Duration pause) {
  sim::Host& host = group.world.host(victim);
  if (fault == Fault::crash) return host.crash();
  if (fault == Fault::vanish) return host.vanish();
  if (fault == Fault::cut) return group.world.cut(host, group.world.host(victim == 0 ? 1 : 0));
  host.freeze();
  if (fault == Fault::freeze) return;
  group.world.at(group.world.now() + pause, [&host] { host.thaw(); });
}

// One fault at a moment that is drawn, from before the first frame until after the last.
void one_fault(std::uint64_t seed, std::size_t& disturbed) {
  sim::NetworkModel model;
  model.bytes_per_second = 8e5;
  Random random(seed * 7 + 1);
  const std::size_t count = 2 + static_cast<std::size_t>(random.below(5));
  RoundWorld group(seed, count, 12000, model);
  const auto fault = static_cast<Fault>(random.below(5));
  const auto victim = static_cast<std::size_t>(random.below(count));
  const auto moment = Duration(static_cast<Duration::rep>(random.below(250'000'000)));
  const auto pause = Duration(static_cast<Duration::rep>(random.below(4'000'000'000)));
  group.begin();
  group.world.at(Time{} + moment, [&] { strike(group, fault, victim, pause); });
  group.world.run_until(Time{} + 5s);
  ASSERT_TRUE(group.finish(30s)) << "somebody has not returned";
  group.judge();
  for (std::size_t i = 0; i < count; ++i) {
    if (!group.alive(i)) continue;
    for (const LostPeer& lost : group.peers[i]->report->lost) {
      const bool suspect = lost.peer == group.members[victim].id || i == victim;
      EXPECT_TRUE(suspect || fault == Fault::cut) << lost.sentence;
    }
    disturbed += group.peers[i]->report->lost.empty() ? 0 : 1;
  }
}

TEST(AllReduce, WhateverHappensToOneMemberTheOthersReturnInTimeAndAgree) {
  std::size_t disturbed = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    one_fault(seed, disturbed);
    if (testing::Test::HasFailure()) FAIL() << "seed " << seed;
  }
  // The faults must hit rounds, or this shows nothing.
  EXPECT_GT(disturbed, 100u);
}

TEST(AllReduce, WhoIsGoneFromTheStartIsLeftOut) {
  for (Fault fault : {Fault::crash, Fault::vanish, Fault::freeze}) {
    RoundWorld group(5, 4, 20000);
    strike(group, fault, 2, 0s);
    group.begin();
    ASSERT_TRUE(group.finish(30s));
    group.judge();
    for (std::size_t i : {0u, 1u, 3u}) {
      const RoundReport& report = *group.peers[i]->report;
      EXPECT_EQ(report.outcome, RoundOutcome::averaged);
      ASSERT_EQ(report.lost.size(), 1u);
      EXPECT_EQ(report.lost[0].peer, group.members[2].id);
      EXPECT_EQ(averaged_chunks(report), report.chunks.size());
      EXPECT_EQ(report.view, MemberSet(0b1011));
    }
  }
}

TEST(AllReduce, WhoDeclinesIsNotWaitedFor) {
  RoundWorld group(5, 4, 20000);
  group.begin(0, 2);
  group.world.at(group.world.now() + 50ms, [&] {
    for (std::size_t i : {0u, 1u, 3u}) {
      group.peers[i]->all_reduce.declined(RoundWorld::id_of(1), group.members[3].id);
      group.peers[i]->all_reduce.declined(RoundWorld::id_of(0), group.members[2].id);
    }
  });
  ASSERT_TRUE(group.finish(500ms)) << "sooner than anybody is suspected";
  group.judge();
  for (std::size_t i : {0u, 1u, 3u}) {
    const RoundReport& report = *group.peers[i]->report;
    EXPECT_EQ(report.outcome, RoundOutcome::averaged);
    ASSERT_EQ(report.lost.size(), 1u);
    EXPECT_EQ(report.lost[0].peer, group.members[2].id);
  }
}

TEST(AllReduce, TheSameSeedGivesTheSameTrace) {
  std::vector<std::uint64_t> traces;
  for (int run = 0; run < 2; ++run) {
    RoundWorld group(17, 4, 20000);
    group.begin();
    group.world.at(Time{} + 15ms, [&] { group.world.host(1).crash(); });
    ASSERT_TRUE(group.finish(30s));
    traces.push_back(group.world.trace());
  }
  EXPECT_EQ(traces[0], traces[1]);
}

TEST(AllReduce, ForeignBytesBetweenRoundsDisturbNothing) {
  RoundWorld group(19, 3, 5000);
  Random random(1);
  group.begin();
  ASSERT_TRUE(group.finish(5s));
  expect_perfect(group);
  for (int i = 0; i < 200; ++i) {
    Bytes noise(static_cast<std::size_t>(random.below(200)));
    random.fill(noise);
    group.peers[0]->all_reduce.hear(group.members[1].id, noise);
  }
  for (std::size_t i = 0; i < 3; ++i) group.before[i] = group.after(i);
  group.begin(1);
  ASSERT_TRUE(group.finish(5s));
  expect_perfect(group);
}

}  // namespace
}  // namespace moshpit
