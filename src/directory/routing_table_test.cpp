#include "directory/routing_table.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

namespace moshpit {
namespace {

using namespace std::chrono_literals;

PeerId random_id(Random& random) {
  PeerId id;
  random.fill(id.bytes);
  return id;
}

Contact contact(const PeerId& id) { return Contact{id, {Address{"192.0.2.1", 4000}}}; }

// A contact in the bucket with no shared bits, if self is all zeros.
Contact far(std::uint8_t number) {
  PeerId id;
  id.bytes[0] = std::byte{0x80};
  id.bytes[31] = std::byte{number};
  return contact(id);
}

std::vector<PeerId> ids(const std::vector<Contact>& contacts) {
  std::vector<PeerId> out;
  for (const Contact& contact : contacts) out.push_back(contact.id);
  return out;
}

TEST(Distance, SharedBitsCountsFromTheTop) {
  PeerId one;
  PeerId other;
  EXPECT_EQ(shared_bits(one, other), 256u);
  for (std::size_t bit = 0; bit < 256; ++bit) {
    other = one;
    other.bytes[bit / 8] = std::byte{0x80} >> (bit % 8);
    EXPECT_EQ(shared_bits(one, other), bit);
  }
}

TEST(RoutingTable, KnowsNeitherItselfNorPeersThatAcceptNoConnections) {
  const PeerId self{};
  RoutingTable table(self);
  EXPECT_FALSE(table.heard_from(contact(self)));
  EXPECT_FALSE(table.heard_from(Contact{far(1).id, {}}));
  EXPECT_EQ(table.usable(), 0u);
  EXPECT_TRUE(table.heard_from(far(1)));
  EXPECT_FALSE(table.heard_from(far(1)));
  EXPECT_EQ(table.usable(), 1u);
}

TEST(RoutingTable, EstimatesHowManyPeersThereAre) {
  Random random(1);
  for (std::size_t peers : {1u, 7u, 13u, 1000u, 20000u}) {
    double mean = 0;
    constexpr int tables = 40;
    for (int i = 0; i < tables; ++i) {
      RoutingTable table(random_id(random));
      for (std::size_t j = 1; j < peers; ++j) table.heard_from(contact(random_id(random)));
      mean += static_cast<double>(table.estimated_peers()) / tables;
    }
    const auto expected = static_cast<double>(peers);
    EXPECT_NEAR(mean, expected, peers <= replication ? 1e-9 : expected / 4);
  }
}

TEST(RoutingTable, ForgetsWhoAcceptsNoConnectionsAnyMore) {
  RoutingTable table(PeerId{});
  for (std::uint8_t i = 0; i <= replication; ++i) table.heard_from(far(i));
  EXPECT_FALSE(table.contains(far(replication).id));
  EXPECT_FALSE(table.heard_from(Contact{far(1).id, {}}));
  EXPECT_FALSE(table.contains(far(1).id));
  EXPECT_TRUE(table.contains(far(replication).id)) << "the spare was to take its place";
  EXPECT_FALSE(table.heard_from(Contact{far(replication).id, {}}));
  EXPECT_EQ(table.usable(), replication - 1u);
}

TEST(RoutingTable, AFullBucketKeepsThoseWhoCameFirst) {
  RoutingTable table(PeerId{});
  for (std::uint8_t i = 0; i < replication; ++i) EXPECT_TRUE(table.heard_from(far(i)));
  for (std::uint8_t i = 100; i < 120; ++i) EXPECT_FALSE(table.heard_from(far(i)));
  for (std::uint8_t i = 0; i < replication; ++i) EXPECT_TRUE(table.contains(far(i).id));
  EXPECT_EQ(table.usable(), replication);
}

TEST(RoutingTable, AFailedContactIsReplacedByTheSpareHeardFromLast) {
  RoutingTable table(PeerId{});
  for (std::uint8_t i = 0; i < replication; ++i) table.heard_from(far(i));
  table.heard_from(far(100));
  table.heard_from(far(101));
  table.heard_from(far(100));
  EXPECT_TRUE(table.failed(far(3).id, Time{}));
  EXPECT_FALSE(table.contains(far(3).id));
  EXPECT_TRUE(table.contains(far(100).id));
  EXPECT_FALSE(table.contains(far(101).id));
}

TEST(RoutingTable, AFailedContactWithoutSpareStepsAsideAndComesBack) {
  RoutingTable table(PeerId{});
  table.heard_from(far(1));
  table.heard_from(far(2));
  EXPECT_TRUE(table.failed(far(1).id, Time{}));
  EXPECT_FALSE(table.failed(far(1).id, Time{}));
  EXPECT_TRUE(table.suspects(far(1).id));
  EXPECT_EQ(ids(table.closest(place_of(far(1).id))), std::vector{far(2).id});
  EXPECT_EQ(ids(table.contacts()), (std::vector{far(2).id, far(1).id}));
  EXPECT_TRUE(table.heard_from(far(1)));
  EXPECT_EQ(table.usable(), 2u);
}

TEST(RoutingTable, ASuspectMakesRoomForANewcomer) {
  RoutingTable table(PeerId{});
  for (std::uint8_t i = 0; i < replication; ++i) table.heard_from(far(i));
  table.failed(far(5).id, Time{});
  EXPECT_TRUE(table.heard_from(far(100)));
  EXPECT_FALSE(table.contains(far(5).id));
}

TEST(RoutingTable, SuspectsAreProbedLessAndLessOften) {
  RoutingTable table(PeerId{});
  table.heard_from(far(1));
  Time now{};
  std::vector<Duration> pauses;
  for (int i = 0; i < 7; ++i) {
    table.failed(far(1).id, now);
    const Time failed = now;
    while (!table.next_probe(now)) now += 1s;
    EXPECT_FALSE(table.next_probe(now));
    pauses.push_back(now - failed);
  }
  EXPECT_EQ(pauses, (std::vector<Duration>{2s, 4s, 8s, 16s, 32s, 64s, 64s}));
}

// Against the plain definition: sort everybody.
TEST(RoutingTable, TheClosestAreTheClosestOfAllThatAreUsable) {
  Random random(7);
  for (int trial = 0; trial < 200; ++trial) {
    RoutingTable table(random_id(random));
    std::vector<PeerId> usable;
    for (std::size_t i = random.below(100); i > 0; --i)
      table.heard_from(contact(random_id(random)));
    for (const Contact& known : table.contacts()) {
      if (random.chance(0.2)) table.failed(known.id, Time{});
    }
    for (const Contact& known : table.contacts()) {
      if (!table.suspects(known.id)) usable.push_back(known.id);
    }
    const DirectoryKey target = place_of(random_id(random));
    std::sort(usable.begin(), usable.end(), [&](const PeerId& one, const PeerId& other) {
      return distance(one, target) < distance(other, target);
    });
    for (std::size_t i = 0; i < usable.size(); ++i) {
      EXPECT_EQ(table.among_closest(usable[i], target), i < replication);
    }
    const PeerId asker = random.chance(0.5) && !usable.empty() ? usable[0] : random_id(random);
    std::vector<PeerId> besides = usable;
    std::erase(besides, asker);
    besides.resize(std::min(besides.size(), replication));
    std::vector<PeerId> told;
    for (const Contact* one : table.closest_besides(asker, target)) told.push_back(one->id);
    EXPECT_EQ(told, besides);
    usable.resize(std::min(usable.size(), replication));
    EXPECT_EQ(ids(table.closest(target)), usable);
  }
}

TEST(RoutingTable, FarTargetsLieInDifferentBuckets) {
  Random random(3);
  const PeerId self = random_id(random);
  RoutingTable table(self);
  EXPECT_TRUE(table.far_targets(random).empty());
  for (int i = 0; i < 500; ++i) table.heard_from(contact(random_id(random)));
  const auto targets = table.far_targets(random);
  ASSERT_GE(targets.size(), 3u);
  for (std::size_t i = 0; i < targets.size(); ++i) EXPECT_EQ(shared_bits(self, targets[i]), i);
}

// After a partition, and not after a death.
TEST(RoutingTable, WhoMayBeCutOffHasSomebodyToAsk) {
  Random random(4);
  RoutingTable table(random_id(random));
  EXPECT_EQ(table.one_of_many_suspects(random), std::nullopt);
  std::vector<Contact> all;
  for (int i = 0; i < 8; ++i) all.push_back(contact(random_id(random)));
  for (const Contact& some : all) table.heard_from(some);
  table.failed(all[0].id, Time{});
  table.heard_from(contact(random_id(random)));
  EXPECT_EQ(table.one_of_many_suspects(random), std::nullopt);  // one of nine
  std::set<PeerId> named;
  for (int i = 0; i < 4; ++i) table.failed(all[static_cast<std::size_t>(i)].id, Time{});
  for (int i = 0; i < 100; ++i) named.insert(table.one_of_many_suspects(random)->id);
  EXPECT_EQ(named.size(), 4u);
}

TEST(RoutingTable, StaysSmallWhoeverComes) {
  Random random(5);
  RoutingTable table(random_id(random));
  std::set<PeerId> everybody;
  for (int i = 0; i < 20000; ++i) {
    const Contact some = contact(random_id(random));
    everybody.insert(some.id);
    table.heard_from(some);
    if (random.chance(0.3)) table.failed(some.id, Time{});
  }
  EXPECT_LT(table.contacts().size(), 16 * replication);
  for (const Contact& known : table.contacts()) EXPECT_TRUE(everybody.contains(known.id));
}

}  // namespace
}  // namespace moshpit
