#include "match/matchmaker.hpp"

#include <gtest/gtest.h>
#include <numeric>
#include <span>

#include "match/matchmaker_test_world.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// A peer is over by its own patience and overtime; the world's clock may have jumped past that in
// one step.
constexpr Duration bound = 2s + Matchmaker::overtime + 1s;

void judge(const MatchWorld& world) {
  for (const std::string& complaint : world.complaints()) ADD_FAILURE() << complaint;
  for (std::size_t i = 0; i < world.size(); ++i) {
    if (!world.alive(i)) continue;
    EXPECT_TRUE(world.machine(i).over()) << "peer " << i << " is stuck";
    EXPECT_LE(world.spent(i), bound) << "peer " << i << " took too long";
  }
}

// Whoever is listed in a group is in that group. True only as long as nothing was delayed or lost.
void judge_agreement(const MatchWorld& world) {
  EXPECT_EQ(world.declined(), 0);
  for (std::size_t i = 0; i < world.size(); ++i) {
    const Group* const group = world.group_of(i);
    if (!group) continue;
    std::size_t others = 0;
    for (std::size_t j = 0; j < world.size(); ++j) {
      others += world.group_of(j) && world.group_of(j)->id == group->id;
    }
    EXPECT_EQ(others, group->size()) << "of the group of peer " << i;
  }
}

// Nobody is left over who could have been in a full group.
void judge_full_groups(const MatchWorld& world, std::uint32_t group_size) {
  std::size_t in_full = 0;
  for (std::size_t i = 0; i < world.size(); ++i) {
    in_full += world.group_of(i) && world.group_of(i)->size() == group_size;
  }
  EXPECT_EQ(in_full, world.size() / group_size * group_size);
  EXPECT_EQ(world.lonely(), world.size() % group_size == 1 ? 1u : 0u);
}

// Arrivals compete with messages: at each point the next peer may come, or a message be delivered.
int run_all_schedules(const MatchWorldSettings& settings, int deviations) {
  int schedules = 0;
  std::vector<std::size_t> order(settings.peers);
  std::iota(order.begin(), order.end(), 0);
  do {
    Enumeration enumeration(deviations);
    while (enumeration.next() && !testing::Test::HasFailure()) {
      ++schedules;
      MatchWorld world(settings, [&](std::size_t options) { return enumeration.choose(options); });
      for (const std::size_t peer : order) {
        while (enumeration.choose(2) == 1 && world.deliver(false)) {
        }
        world.arrive(peer);
      }
      while (world.step()) {
      }
      judge(world);
      judge_agreement(world);
      judge_full_groups(world, settings.group_size);
    }
  } while (std::next_permutation(order.begin(), order.end()));
  return schedules;
}

class EverySchedule : public testing::TestWithParam<std::tuple<int, int, bool, int>> {};

TEST_P(EverySchedule, GivesFullGroups) {
  const auto [peers, group_size, all_known, deviations] = GetParam();
  MatchWorldSettings settings;
  settings.peers = static_cast<std::size_t>(peers);
  settings.group_size = static_cast<std::uint32_t>(group_size);
  settings.all_known = all_known;
  const int schedules = run_all_schedules(settings, deviations);
  EXPECT_GT(schedules, peers == 2 ? 5 : 500);
  RecordProperty("schedules", schedules);
  std::printf("%d peers, groups of %d: %d schedules\n", peers, group_size, schedules);
}

// Peers, M, whether all know each other from the start, deviations from the order of sending.
INSTANTIATE_TEST_SUITE_P(Matchmaker, EverySchedule,
                         testing::Values(std::tuple(2, 2, true, 99), std::tuple(2, 2, false, 99),
                                         std::tuple(3, 2, true, 3), std::tuple(3, 3, true, 3),
                                         std::tuple(3, 3, false, 3), std::tuple(4, 4, true, 2),
                                         std::tuple(4, 4, false, 2), std::tuple(4, 3, true, 1),
                                         std::tuple(4, 2, false, 1)));

TEST(Matchmaker, LeaderIsTheFirstInTheOrderThatAllCompute) {
  for (const bool all_known : {true, false}) {
    MatchWorldSettings settings;
    settings.all_known = all_known;
    MatchWorld world(settings, [](std::size_t) { return 0; });
    for (std::size_t i = 0; i < 4; ++i) world.arrive(i);
    while (world.step()) {
    }
    ASSERT_TRUE(world.group_of(0));
    EXPECT_EQ(world.group_of(0)->size(), 4u);
    EXPECT_EQ(world.now(), Time{}) << "a full group waits for nothing";
  }
}

TEST(Matchmaker, DigitsAreDistinctAndBelowM) {
  MatchWorldSettings settings;
  settings.peers = 3;
  settings.group_size = 5;
  MatchWorld world(settings, [](std::size_t) { return 0; });
  for (std::size_t i = 0; i < 3; ++i) world.arrive(i);
  while (world.step()) {
  }
  ASSERT_TRUE(world.group_of(0));
  std::vector<std::uint32_t> digits = world.group_of(0)->digits;
  std::sort(digits.begin(), digits.end());
  EXPECT_EQ(std::unique(digits.begin(), digits.end()), digits.end());
  EXPECT_LT(digits.back(), 5u);
  EXPECT_EQ(world.now(), Time{} + 1s) << "three of five start when their leader's patience is over";
}

TEST(Matchmaker, OutboundOnlyPeersFollowAndNeverLead) {
  for (std::uint32_t pattern = 0; pattern < 16; ++pattern) {
    MatchWorldSettings settings;
    for (int i = 0; i < 4; ++i) settings.outbound_only.push_back(pattern >> i & 1);
    MatchWorld world(settings, [](std::size_t) { return 0; });
    for (std::size_t i = 0; i < 4; ++i) world.arrive(i);
    while (world.step()) {
    }
    judge(world);
    EXPECT_EQ(world.lonely(), pattern == 15 ? 4u : 0u) << pattern;
  }
}

TEST(Matchmaker, OneAloneGivesUpAtItsOwnPatience) {
  MatchWorldSettings settings;
  settings.peers = 1;
  MatchWorld world(settings, [](std::size_t) { return 0; });
  world.arrive(0);
  EXPECT_EQ(world.machine(0).explain(world.now() + 300ms),
            "waiting for 3 more peers: 0.3 s of at most 1.0 s");
  while (world.step()) {
  }
  EXPECT_EQ(world.spent(0), 1s);
  EXPECT_EQ(world.machine(0).explain(world.now()), "alone: nobody else came in time");
}

// One peer falls silent or dies after a number of deliveries; the others find each other.
TEST(Matchmaker, OneLostPeerLeavesTheOthersTogether) {
  for (const bool freezes : {true, false}) {
    for (std::size_t victim = 0; victim < 4; ++victim) {
      for (int deliveries = 0; deliveries < 25; ++deliveries) {
        MatchWorldSettings settings;
        settings.patience = 2s;  // longer than a question to a silent peer takes
        MatchWorld world(settings, [](std::size_t) { return 0; });
        for (std::size_t i = 0; i < 4; ++i) world.arrive(i);
        for (int i = 0; i < deliveries; ++i) world.deliver(false);
        freezes ? world.freeze(victim) : world.crash(victim);
        while (world.step()) {
        }
        judge(world);
        // A leader that crashes while it tells the members of the group may leave one who was not
        // told.
        EXPECT_LE(world.lonely(), freezes ? 0u : 1u)
            << (freezes ? "frozen " : "crashed ") << victim << " after " << deliveries;
      }
    }
  }
}

// Anything may happen: delays beyond every patience, broken links, messages twice, crashes and
// freezes.
void run_hostile(std::uint64_t seed) {
  Random random(seed);
  MatchWorldSettings settings;
  settings.peers = 2 + random.below(6);
  settings.group_size = static_cast<std::uint32_t>(2 + random.below(4));
  settings.all_known = random.chance(.5);
  if (random.chance(.5)) settings.grace = 20ms;
  MatchWorld world(settings, [&](std::size_t options) { return random.below(options); });
  const auto any = [&] { return random.below(settings.peers); };
  std::size_t arrived = 0;
  for (int i = 0; i < 60; ++i) {
    const std::uint64_t dice = random.below(40);
    const std::size_t one = any();
    if (dice < 6 && arrived < settings.peers) world.arrive(arrived++);
    if (dice == 7) world.pass(from_seconds(random.unit() * .7));
    if (dice == 8) world.break_link(one, any());
    if (dice == 9 && one < arrived) world.crash(one);
    if (dice == 10 && one < arrived) world.freeze(one);
    if (dice > 10) world.deliver(dice < 16);
  }
  while (arrived < settings.peers) world.arrive(arrived++);
  while (world.step()) {
  }
  judge(world);
}

TEST(Matchmaker, HostileSchedulesBreakNoPromise) {
  for (std::uint64_t seed = 0; seed < 6'000 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    run_hostile(seed);
  }
}

}  // namespace
}  // namespace moshpit
