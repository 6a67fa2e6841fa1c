#include "directory/lookup.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

#include "base/random.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

const DirectoryKey origin{};  // distances from it are the ids themselves
const PeerId self{{std::byte{0xff}}};

Contact peer(std::uint16_t number) {
  PeerId id;
  id.bytes[30] = static_cast<std::byte>(number >> 8);
  id.bytes[31] = static_cast<std::byte>(number);
  return Contact{id, {Address{"192.0.2.1", 4000}}};
}

TEST(Lookup, OfNobodyIsDone) {
  Lookup lookup(self, origin, 3);
  EXPECT_TRUE(lookup.done());
  EXPECT_FALSE(lookup.next(Time{}));
  lookup.start({Contact{self, {Address{"192.0.2.1", 1}}}, Contact{peer(1).id, {}}});
  EXPECT_TRUE(lookup.done());
}

TEST(Lookup, AsksTheClosestFirstAndNotMoreThanAllowedAtATime) {
  Lookup lookup(self, origin, 2);
  lookup.start({peer(5), peer(3), peer(9)});
  EXPECT_EQ(lookup.next(Time{})->id, peer(3).id);
  lookup.asked(peer(3).id, Time{} + 1s);
  EXPECT_EQ(lookup.next(Time{})->id, peer(5).id);
  lookup.asked(peer(5).id, Time{} + 1s);
  EXPECT_FALSE(lookup.next(Time{}));
  lookup.answered(peer(3).id, {peer(1)});
  EXPECT_EQ(lookup.next(Time{})->id, peer(1).id);
}

TEST(Lookup, ASlowPeerOpensTheWayAndIsWaitedForInTheEnd) {
  Lookup lookup(self, origin, 1);
  lookup.start({peer(1), peer(2)});
  lookup.asked(peer(1).id, Time{} + 1s);
  EXPECT_FALSE(lookup.next(Time{}));
  EXPECT_EQ(lookup.next_slow(Time{}), Time{} + 1s);
  const Time later = Time{} + 1s;
  EXPECT_FALSE(lookup.next_slow(later));
  EXPECT_EQ(lookup.next(later)->id, peer(2).id);
  lookup.asked(peer(2).id, later + 1s);
  lookup.answered(peer(2).id, {});
  EXPECT_FALSE(lookup.done());
  lookup.failed(peer(1).id);
  EXPECT_TRUE(lookup.done());
  EXPECT_EQ(lookup.closest(), std::vector{peer(2)});
}

TEST(Lookup, SlowPeersDoNotFillTheWindow) {
  Lookup lookup(self, origin, replication);
  std::vector<Contact> known;
  for (std::uint16_t i = 1; i <= 2 * replication; ++i) known.push_back(peer(i));
  lookup.start(known);
  for (std::uint16_t i = 1; i <= replication; ++i) lookup.asked(peer(i).id, Time{} + 1s);
  EXPECT_FALSE(lookup.next(Time{}));
  EXPECT_EQ(lookup.next(Time{} + 1s)->id, peer(replication + 1).id);
}

TEST(Lookup, EndsWithoutAskingThoseBeyondReach) {
  Lookup lookup(self, origin, replication);
  std::vector<Contact> known;
  for (std::uint16_t i = 1; i <= replication + 1; ++i) known.push_back(peer(i));
  lookup.start(known);
  EXPECT_TRUE(lookup.in_reach(peer(replication).id));
  EXPECT_FALSE(lookup.in_reach(peer(replication + 1).id));
  for (std::uint16_t i = 1; i <= replication; ++i) {
    lookup.asked(peer(i).id, Time{} + 1s);
    lookup.answered(peer(i).id, {});
  }
  EXPECT_TRUE(lookup.done());
  EXPECT_EQ(lookup.closest().size(), replication);
}

TEST(Lookup, CountsHopsAlongTheWay) {
  Lookup lookup(self, origin, 1);
  lookup.start({peer(100)});
  for (std::uint16_t at : {100, 50, 20}) {
    lookup.asked(peer(at).id, Time{} + 1s);
    lookup.answered(peer(at).id, {peer(at == 100 ? 50 : 20)});
  }
  EXPECT_TRUE(lookup.done());
  EXPECT_EQ(lookup.hops(), 3u);
}

TEST(Lookup, WhoNamesEverNewPeersIsNotFollowedForEver) {
  Lookup lookup(self, origin, 1);
  lookup.start({peer(60000)});
  std::size_t asked = 0;
  std::uint16_t next = 60000;
  while (auto to = lookup.next(Time{})) {
    lookup.asked(to->id, Time{} + 1s);
    std::vector<Contact> lies;
    for (int i = 0; i < 16; ++i) lies.push_back(peer(--next));
    lookup.answered(to->id, lies);
    ++asked;
  }
  EXPECT_TRUE(lookup.done());
  EXPECT_LE(asked, 128u);
}

// A world of peers that know some of each other, some dead; answers, failures and slowness in any
// order.
struct SmallWorld {
  explicit SmallWorld(Random& random) : size(1 + static_cast<std::uint16_t>(random.below(40))) {
    for (std::uint16_t i = 0; i < size; ++i) {
      if (random.chance(0.3)) dead.insert(i);
    }
  }
  // Everybody knows everybody: the answer is the closest eight, dead or not.
  std::vector<Contact> answer() const {
    std::vector<Contact> out;
    for (std::uint16_t i = 0; i < size && out.size() < replication + dead.size(); ++i) {
      out.push_back(peer(i));
    }
    return out;
  }
  std::uint16_t size;
  std::set<std::uint16_t> dead;
};

TEST(Lookup, FindsTheClosestAliveInWhateverOrderThingsHappen) {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    Random random(seed);
    const SmallWorld world(random);
    Lookup lookup(self, origin, 3);
    lookup.start(world.answer());
    std::vector<std::uint16_t> open;
    Time now{};
    int moves = 0;
    while (!lookup.done() && ++moves < 1000) {
      now += 10ms;
      if (const auto to = lookup.next(now); to && random.chance(0.7)) {
        lookup.asked(to->id, now + 30ms);
        open.push_back(static_cast<std::uint16_t>(std::to_integer<int>(to->id.bytes[31])));
      } else if (!open.empty()) {
        std::swap(open[random.below(open.size())], open.back());
        const std::uint16_t who = open.back();
        open.pop_back();
        if (world.dead.contains(who)) {
          lookup.failed(peer(who).id);
        } else {
          lookup.answered(peer(who).id, world.answer());
        }
      }
    }
    ASSERT_TRUE(lookup.done()) << "seed " << seed;
    std::vector<Contact> expected;
    for (std::uint16_t i = 0; i < world.size && expected.size() < replication; ++i) {
      if (!world.dead.contains(i)) expected.push_back(peer(i));
    }
    ASSERT_EQ(lookup.closest(), expected) << "seed " << seed;
  }
}

}  // namespace
}  // namespace moshpit
