// Matchmaker on a grid with holes: a group that cannot be full waits for those who announced
// themselves and a grace for anybody else, and not for what will never come.
#include <gtest/gtest.h>

#include "match/matchmaker_test_world.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

constexpr Duration grace = 50ms;

MatchWorldSettings with_holes(std::size_t peers) {
  MatchWorldSettings settings;
  settings.peers = peers;
  settings.group_size = 4;
  settings.patience = 2s;
  settings.grace = grace;
  return settings;
}

void run(MatchWorld& world) {
  while (world.step()) {
  }
}

std::size_t zero(std::size_t) { return 0; }

TEST(MatchmakerGrace, IncompleteGroupStartsWhenEverybodyKnownHasCome) {
  MatchWorld world(with_holes(3), zero);
  for (std::size_t i = 0; i < world.size(); ++i) world.arrive(i);
  run(world);
  for (std::size_t i = 0; i < world.size(); ++i) {
    ASSERT_TRUE(world.group_of(i));
    EXPECT_EQ(world.group_of(i)->size(), 3u);
    EXPECT_EQ(world.spent(i), grace);
  }
}

TEST(MatchmakerGrace, WhoAnnouncedItselfIsAwaitedBeyondTheGrace) {
  MatchWorld world(with_holes(3), zero);
  world.arrive(0);
  world.arrive(1);
  while (world.deliver(false)) {
  }
  world.pass(10 * grace);
  EXPECT_FALSE(world.group_of(0));
  world.arrive(2);
  run(world);
  for (std::size_t i = 0; i < world.size(); ++i) {
    ASSERT_TRUE(world.group_of(i));
    EXPECT_EQ(world.group_of(i)->size(), 3u);
  }
  EXPECT_EQ(world.spent(2), 0s) << "all were there, and the others' grace was over";
}

TEST(MatchmakerGrace, NobodyWaitsForOneThatIsKnownToBeGone) {
  MatchWorld world(with_holes(3), zero);
  world.crash(2);
  world.arrive(0);
  world.arrive(1);
  run(world);
  for (std::size_t i = 0; i < 2; ++i) {
    ASSERT_TRUE(world.group_of(i));
    EXPECT_EQ(world.group_of(i)->size(), 2u);
    EXPECT_EQ(world.spent(i), grace);
  }
}

TEST(MatchmakerGrace, OneAloneIsDoneWithTheRoundWhenItIsOver) {
  MatchWorld world(with_holes(1), zero);
  world.arrive(0);
  run(world);
  EXPECT_FALSE(world.group_of(0));
  EXPECT_EQ(world.spent(0), grace);
}

TEST(MatchmakerGrace, HoldsOnlyOnceTheDirectoryHasTold) {
  const Contact self{PeerId{Hasher().add(std::uint64_t{1}).digest()}, {Address{"10.0.0.1", 1}}};
  const Search search{DirectoryKey{}, RoundTime{1, 0}, 4, 2s, grace};
  Matchmaker maker(self, RunId{}, search, Time{}, Random(1));
  maker.tick(Time{} + 1s);
  EXPECT_FALSE(maker.over());
  maker.informed();
  maker.tick(Time{} + 1s);
  EXPECT_TRUE(maker.over());
}

}  // namespace
}  // namespace moshpit
