// Standing under a key: with whom the record lies, how often it is renewed, and who finds it.
#include <gtest/gtest.h>

#include "directory/test_peer.hpp"
#include "wire/envelope.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

std::size_t copies(const TestSwarm& swarm) {
  std::size_t count = 0;
  for (TestPeer* peer : swarm.peers) count += peer->directory.records_held();
  return count;
}

// Besides those who are asked, whoever is close enough itself keeps its own record: one a record
// more, in the mean of some seeds.
TEST(Attend, ARecordLiesWithTheSixClosest) {
  constexpr std::size_t seeds = 4;
  std::size_t all_copies = 0;
  for (std::size_t seed = 1; seed <= 2 * seeds; ++seed) {
    TestSwarm swarm(seed, seed % 2 == 0 ? 12 : 300);
    swarm.pass(5s);
    std::vector<std::unique_ptr<Directory::Watch>> watches;
    for (std::size_t i = 0; i < 10; ++i) {
      watches.push_back(swarm.peers[i]->directory.attend(key_of(i), to_bytes("here")));
    }
    swarm.pass(5s);
    for (const auto& watch : watches) EXPECT_TRUE(watch->placed());
    EXPECT_GE(copies(swarm), 10 * brief_replication);
    if (swarm.peers.size() > 12) all_copies += copies(swarm);
  }
  EXPECT_LE(all_copies, seeds * (10 * brief_replication + 10));
}

TEST(Attend, ARecordIsRenewedEverMoreRarely) {
  TestSwarm swarm(4, 16);
  swarm.pass(20s);
  auto watch = swarm.peers[3]->directory.attend(test_key("place"), to_bytes("here"));
  std::vector<double> walks;  // when, as seen from the questions
  const auto asked = [&] { return swarm.peers[3]->directory.counters().questions; };
  std::uint64_t before = asked();
  for (double second = 0; second < 50; second += .5) {
    swarm.pass(500ms);
    if (asked() - before >= brief_replication) walks.push_back(second);
    before = asked();
  }
  // At once, once more to see whether they are the same, after 8 s, 16 s and 20 s.
  ASSERT_EQ(walks.size(), 5u);
  EXPECT_LE(walks[1], 1);
  EXPECT_NEAR(walks[2], 9, 1);
  EXPECT_NEAR(walks[3], 25, 1);
  EXPECT_NEAR(walks[4], 45, 1);
}

bool is_push(ByteView frame) {
  const auto envelope = open_envelope(frame);
  const auto directory = static_cast<std::uint8_t>(Protocol::directory);
  return envelope && envelope->kind == FrameKind::message && envelope->protocol == directory;
}

// In a small run, by whoever keeps a record, to somebody that its publisher brings it to as well.
TEST(Attend, WhatThePublisherBringsNobodyElsePushes) {
  for (std::size_t size : {9u, 12u}) {
    TestSwarm swarm(size, size);
    swarm.pass(5s);
    std::size_t pushes = 0;
    swarm.world.on_delivery([&](Time, const sim::Host&, const sim::Host&, ByteView frame) {
      pushes += is_push(frame);
    });
    std::vector<std::unique_ptr<Directory::Watch>> watches;
    for (TestPeer* peer : swarm.peers) {
      watches.push_back(peer->directory.attend(test_key("place"), to_bytes("here")));
    }
    swarm.pass(400ms);  // before anything is renewed
    for (const auto& watch : watches) EXPECT_EQ(watch->records().size(), size - 1);
    // Of twelve, five are not told by the publisher; four holders push to each that comes sooner.
    EXPECT_LE(pushes, size == 9 ? 0u : 12 * 5 * 4);
    if (size == 12) {
      EXPECT_GT(pushes, 0u);
    }
  }
}

// Others may not know yet that it keeps no records: they count on its having heard.
TEST(Attend, WhoKeepsNoRecordsAnyMoreHearsWhatIsBroughtToIt) {
  TestSwarm swarm(6, 6);
  swarm.pass(5s);
  const auto watch = swarm.peers[4]->directory.watch(test_key("place"));
  swarm.pass(1s);
  swarm.peers[4]->network.advertise(false);
  const auto other = swarm.peers[1]->directory.attend(test_key("place"), to_bytes("here"));
  swarm.pass(400ms);
  EXPECT_TRUE(watch->records().take());
}

// It stands somewhere before there is anybody who could keep its record.
TEST(Attend, TheFirstPeerIsFoundByThoseWhoComeAMomentLater) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    TestSwarm swarm(seed, 1);
    const DirectoryKey key = test_key("place");
    auto watch = swarm.peers[0]->directory.attend(key, to_bytes("here"));
    swarm.pass(100ms);
    for (std::size_t i = 0; i < 40; ++i) swarm.add();
    ASSERT_TRUE(swarm.settle_joins());
    swarm.pass(1s);
    for (std::size_t i = 1; i < 41; i += 13) {
      Call& call = swarm.peers[i]->look_up(key);
      ASSERT_TRUE(swarm.settle(call));
      EXPECT_TRUE(call.has(swarm.hosts[0]->id(), "here")) << "seed " << seed << " peer " << i;
    }
  }
}

TEST(Attend, ALostPacketMakesNobodyASuspect) {
  sim::NetworkModel lossy;
  lossy.latency_min = lossy.latency_max = 50ms;
  lossy.loss = .01;
  TestSwarm swarm(6, 16, lossy);
  swarm.pass(10s);
  std::vector<std::unique_ptr<Directory::Watch>> watches;
  const auto sum = [&](auto count) {
    std::uint64_t total = 0;
    for (const TestPeer* peer : swarm.peers) total += count(peer->directory.counters());
    return total;
  };
  const auto failures = [](const Neighbourhood::Counters& counters) { return counters.failures; };
  const auto questions = [](const Neighbourhood::Counters& counters) { return counters.questions; };
  const std::uint64_t failed = sum(failures);
  const std::uint64_t asked = sum(questions);
  for (TestPeer* peer : swarm.peers) {
    watches.push_back(peer->directory.attend(test_key("place"), to_bytes("here")));
  }
  swarm.pass(2min);
  EXPECT_GT(sum(questions) - asked, 500u);
  EXPECT_LT(sum(failures) - failed, 5u) << "a question or its answer is lost in one of fifty";
}

}  // namespace
}  // namespace moshpit
