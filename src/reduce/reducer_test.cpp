// Promises R1, R2, R4 and R5 of one round, with every order of arrival and every moment of loss.
#include "reduce/reducer.hpp"

#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>
#include <numeric>

#include "reduce/round_table.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// Member 1 owns both chunks of a vector and three others contribute: six frames that can arrive in
// 720 orders.
constexpr std::size_t owner = 1;
constexpr std::size_t elements = 512;

struct Collecting {
  Collecting() : table(make_members(), {false, true, false, false}) {
    table.collect();
    MOSHPIT_ASSERT(table.flights.size() == 6);
  }
  static std::vector<Member> make_members() {
    Random random(5);
    return random_members(4, elements, random);
  }
  const RoundTable::Flight& receive(std::size_t flight) {
    table[owner].receive(table.flights[flight].from, table.flights[flight].frame, table.now);
    return table.flights[flight];
  }

  RoundTable table;
};

template <class Body>
void for_every_order(Body body) {
  std::vector<std::size_t> order(6);
  std::iota(order.begin(), order.end(), 0u);
  do {
    body(order);
  } while (!testing::Test::HasFatalFailure() && std::next_permutation(order.begin(), order.end()));
}

TEST(Reducer, EveryOrderOfArrivalGivesTheSameBits) {
  std::optional<Member> first;
  for_every_order([&](const std::vector<std::size_t>& order) {
    Collecting world;
    for (std::size_t flight : order) {
      EXPECT_FALSE(world.table[owner].settled());
      world.receive(flight);
    }
    ASSERT_TRUE(world.table[owner].settled());
    const Member after = world.table.result(owner);
    if (!first) {
      judge_member(world.table.members, owner, after, world.table[owner].chunks());
      first = after;
    }
    ASSERT_EQ(0, std::memcmp(after.values.data(), first->values.data(), elements * sizeof(float)));
    ASSERT_EQ(after.weights, first->weights);
  });
}

// What a chunk's contributors should be: the owner, whoever stays, and the lost member if its frame
// came in time.
std::vector<MemberSet> expected_contributors(const Collecting& world,
                                             const std::vector<std::size_t>& order,
                                             std::size_t before_loss, std::size_t lost) {
  std::vector<MemberSet> expected(2, MemberSet(0b1111));
  for (MemberSet& set : expected) set.reset(lost);
  for (std::size_t i = 0; i < before_loss; ++i) {
    const RoundTable::Flight& flight = world.table.flights[order[i]];
    if (flight.from == lost) expected[decode_chunk(flight.frame)->header.chunk].set(lost);
  }
  return expected;
}

// Whoever is lost at whatever moment is in exactly the chunks that it had sent, and the others do
// not wait for it.
void lose_after(const std::vector<std::size_t>& order, std::size_t before_loss, std::size_t lost) {
  Collecting world;
  for (std::size_t i = 0; i < before_loss; ++i) world.receive(order[i]);
  const auto expected = expected_contributors(world, order, before_loss, lost);
  world.table[owner].disconnected(lost, "its link closed", world.table.now);
  for (std::size_t i = before_loss; i < order.size(); ++i) {
    if (world.table.flights[order[i]].from != lost) world.receive(order[i]);
  }
  ASSERT_TRUE(world.table[owner].settled());
  const auto chunks = world.table[owner].chunks();
  bool complete = true;
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(chunks[i].contributors, expected[i]);
    complete = complete && expected[i][lost];
  }
  EXPECT_EQ(world.table[owner].losses().empty(), complete);
  judge_member(world.table.members, owner, world.table.result(owner), chunks);
}

TEST(Reducer, EveryOrderOfArrivalAndEveryMomentOfLoss) {
  // The two frames of the members that are not lost commute (tested above), so a sixth of the
  // orders suffices.
  std::size_t count = 0;
  for_every_order([&](const std::vector<std::size_t>& order) {
    if (++count % 6 != 0) return;
    for (std::size_t before_loss = 0; before_loss <= 6; ++before_loss) {
      for (std::size_t lost : {0u, 2u, 3u}) lose_after(order, before_loss, lost);
    }
  });
}

TEST(Reducer, NothingEntersASumTwice) {
  std::optional<Member> first;
  for_every_order([&](const std::vector<std::size_t>& order) {
    Collecting world;
    for (std::size_t i = 0; i < 6; ++i) {
      world.receive(order[i]);
      for (std::size_t again = 0; again <= i; ++again) world.receive(order[again]);
    }
    ASSERT_TRUE(world.table[owner].settled());
    EXPECT_EQ(world.table[owner].offered(), 6u);
    const auto& counters = world.table[owner].counters();
    ASSERT_EQ(counters.duplicates + counters.late, 21u);
    const Member after = world.table.result(owner);
    if (!first) {
      judge_member(world.table.members, owner, after, world.table[owner].chunks());
      first = after;
    }
    ASSERT_EQ(after.values, first->values);
  });
}

TEST(Reducer, AFrameIsTheSameBytesForEverybodyWhoGetsIt) {
  Random random(9);
  RoundTable table(random_members(4, 3000, random));
  std::map<std::uint32_t, Bytes> results;
  table.collect();
  while (!table.flights.empty()) {
    const auto chunk = decode_chunk(table.flights[0].frame);
    if (chunk->header.kind == ChunkKind::result) {
      const auto known = results.emplace(chunk->header.chunk, table.flights[0].frame);
      EXPECT_EQ(known.first->second, table.flights[0].frame);
    }
    table.deliver(0);
    table.collect();
  }
  EXPECT_EQ(results.size(), ChunkLayout(3000).count());
}

TEST(Reducer, AWholeGroupAgreesExactlyAndSendsNoByteTooMany) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Random random(seed);
    const std::size_t members = 1 + static_cast<std::size_t>(random.below(8));
    const std::size_t size = static_cast<std::size_t>(random.below(5000));
    std::vector<bool> owners;
    for (std::size_t i = 0; i < members; ++i) owners.push_back(random.chance(0.7));
    RoundTable table(random_members(members, size, random), owners);
    table.run(random);
    judge(table);
    std::uint64_t sent = 0;
    for (std::size_t i = 0; i < members; ++i) {
      sent += table[i].counters().bytes_sent;
      EXPECT_TRUE(table[i].losses().empty());
      for (const ChunkReport& chunk : table[i].chunks()) {
        EXPECT_EQ(chunk.contributors.count(), members);
      }
    }
    const std::size_t headers =
        ChunkLayout(size).count() * (contribution_header_size + result_header_size);
    EXPECT_EQ(sent, (members - 1) * (2 * size * sizeof(float) + headers));
  }
}

TEST(Reducer, WhoSurvivesRandomCrashesAgreesAndNamesTheContributors) {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    Random random(seed);
    const std::size_t members = 2 + static_cast<std::size_t>(random.below(5));
    RoundTable table(random_members(members, 2000, random));
    const auto victim = static_cast<std::size_t>(random.below(members));
    std::uint64_t left = random.below(60);
    table.collect();
    while (!table.flights.empty()) {
      if (left-- == 0) table.crash(victim);
      table.deliver(static_cast<std::size_t>(random.below(table.flights.size())));
      table.collect();
    }
    table.close_links_of(victim);
    table.finish(random);
    judge(table);
    if (testing::Test::HasFailure()) FAIL() << "seed " << seed;
  }
}

// Two rounds over a 2x2 grid with weights 1, 1 | 1, 3 and values 0, 0 | 0, 1: the weighted mean is
// 0.5 (round.md, Weights).
TEST(Reducer, CarriesTheMeanWeightIntoTheNextRound) {
  std::vector<Member> grid;
  for (int i = 0; i < 4; ++i) {
    grid.push_back(Member{{i == 3 ? 1.0f : 0.0f}, {i == 3 ? 3.0 : 1.0}});
  }
  Random random(1);
  for (const auto& pairs : {std::array<std::size_t, 4>{0, 1, 2, 3}, {0, 2, 1, 3}}) {
    for (std::size_t i = 0; i < 4; i += 2) {
      RoundTable table({grid[pairs[i]], grid[pairs[i + 1]]});
      table.run(random);
      grid[pairs[i]] = table.result(0);
      grid[pairs[i + 1]] = table.result(1);
    }
  }
  for (const Member& member : grid) {
    EXPECT_EQ(member.values[0], 0.5f);
    EXPECT_EQ(member.weights[0], 1.5);
  }
}

TEST(Reducer, WeightZeroCountsAsAContributorThatChangesNothing) {
  Random random(3);
  std::vector<Member> members = {{{1.0f}, {0.0}}, {{5.0f}, {2.0}}, {{9.0f}, {0.0}}};
  RoundTable table(members);
  table.run(random);
  judge(table);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(table.result(i).values[0], 5.0f);
    EXPECT_EQ(table[i].chunks()[0].contributors.count(), 3u);
    EXPECT_NEAR(table.result(i).weights[0], 2.0 / 3, 1e-15);
  }
}

TEST(Reducer, WithoutAnyWeightEverybodyKeepsItsOwnAndTheRoundSaysSo) {
  Random random(4);
  std::vector<Member> members = random_members(3, 1500, random);
  for (Member& member : members) member.weights[2] = 0;
  RoundTable table(members);
  table.run(random);
  judge(table);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto chunks = table[i].chunks();
    for (std::size_t chunk = 0; chunk < chunks.size(); ++chunk) {
      EXPECT_EQ(chunks[chunk].averaged, chunk != 2);
    }
    EXPECT_TRUE(table[i].losses().empty());
  }
}

TEST(Reducer, AnEmptyVectorAndALonelyMemberAreSettledAtOnce) {
  Random random(5);
  RoundTable empty(random_members(3, 0, random));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(empty[i].settled());
  RoundTable alone(random_members(1, 1000, random));
  ASSERT_TRUE(alone[0].settled());
  EXPECT_EQ(alone.result(0).values, alone.members[0].values);
}

}  // namespace
}  // namespace moshpit
