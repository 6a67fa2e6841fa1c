// Promise R7: what is not allowed in is refused at the door and its sender is named; and old rounds
// count for nothing (R5).
#include <functional>
#include <gtest/gtest.h>
#include <limits>

#include "reduce/chunk_values.hpp"
#include "reduce/round_table.hpp"

namespace moshpit {
namespace {

constexpr double weight_limit = 10;
constexpr double infinity = std::numeric_limits<double>::infinity();

// Members 0 and 1 own one chunk each and member 2 owns none. Member 1 is the one who misbehaves
// towards member 0.
struct Door {
  Door() : table(make_members(), {true, true, false}, weight_limit) {}
  static std::vector<Member> make_members() {
    Random random(21);
    return random_members(3, 512, random);
  }
  static ChunkHeader good(ChunkKind kind) {
    ChunkHeader header;
    header.kind = kind;
    header.round = table_round();
    header.chunk = kind == ChunkKind::contribution ? 0 : 1;
    header.sender = 1;
    header.weight = 2;
    if (kind == ChunkKind::result) header.contributors = MemberSet(0b010);
    return header;
  }
  void knock(const ChunkHeader& header, const std::vector<float>& sent) {
    table[0].receive(1, encode_chunk(header, sent), table.now);
  }
  void expect_refused(const std::string& what) {
    const auto losses = table[0].losses();
    ASSERT_EQ(losses.size(), 1u) << what;
    EXPECT_EQ(losses[0].member, 1u) << what;
    EXPECT_EQ(losses[0].reason, LossReason::refused) << what;
    EXPECT_FALSE(losses[0].sentence.empty()) << what;
    EXPECT_EQ(table[0].counters().refused, 1u) << what;
  }

  RoundTable table;
  std::vector<float> values = std::vector<float>(256, 1.0f);
};

TEST(ReducerRefusal, TheGoodFramesOfTheseTestsAreTaken) {
  Door door;
  door.knock(Door::good(ChunkKind::contribution), door.values);
  door.knock(Door::good(ChunkKind::result), door.values);
  EXPECT_TRUE(door.table[0].losses().empty());
  EXPECT_EQ(door.table[0].counters().refused, 0u);
  EXPECT_TRUE(door.table[0].chunks()[1].averaged);
}

struct Offence {
  std::string what;
  std::function<void(ChunkHeader&, std::vector<float>&)> commit;
};

std::vector<Offence> offences() {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<Offence> all = {
      {"NaN", [=](auto&, auto& values) { values[255] = nan; }},
      {"infinity",
       [](auto&, auto& values) { values[0] = -std::numeric_limits<float>::infinity(); }},
      {"too few", [](auto&, auto& values) { values.pop_back(); }},
      {"too many", [](auto&, auto& values) { values.push_back(0); }},
      {"none", [](auto&, auto& values) { values.clear(); }},
      {"another codec", [](auto& header, auto&) { header.codec = Codec::fp16; }},
      {"another's name", [](auto& header, auto&) { header.sender = 2; }},
      {"nobody's name", [](auto& header, auto&) { header.sender = 999; }},
      {"no such chunk", [](auto& header, auto&) { header.chunk = 2; }},
  };
  for (double weight : {-1.0, -infinity, infinity, std::nan(""), weight_limit * 1.000001}) {
    all.push_back({"weight", [=](auto& header, auto&) { header.weight = weight; }});
  }
  return all;
}

TEST(ReducerRefusal, EveryBadContributionIsRefusedAndItsSenderLeftOut) {
  std::vector<Offence> all = offences();
  all.push_back({"ballot", [](auto& header, auto&) { header.ballot.counter = 1; }});
  for (const Offence& offence : all) {
    Door door;
    ChunkHeader header = Door::good(ChunkKind::contribution);
    offence.commit(header, door.values);
    door.knock(header, door.values);
    door.expect_refused(offence.what);
    door.knock(Door::good(ChunkKind::contribution), std::vector<float>(256, 1.0f));
    door.table.collect();
    for (const auto& flight : door.table.flights) {
      if (flight.from == 2 && flight.to == 0)
        door.table[0].receive(2, flight.frame, door.table.now);
    }
    const ChunkReport chunk = door.table[0].chunks()[0];
    EXPECT_TRUE(chunk.averaged) << offence.what;
    EXPECT_EQ(chunk.contributors, MemberSet(0b101)) << offence.what;
  }
}

TEST(ReducerRefusal, EveryBadResultIsRefusedAndItsOwnerNoLongerBelieved) {
  std::vector<Offence> all = offences();
  all.push_back({"not the owner's", [](auto& header, auto&) { header.chunk ^= 1u; }});
  all.push_back({"stranger", [](auto& header, auto&) { header.contributors.set(3); }});
  all.push_back({"last stranger", [](auto& header, auto&) { header.contributors.set(255); }});
  all.push_back({"mean of nobody", [](auto& header, auto&) { header.contributors.reset(); }});
  all.push_back({"values without weight", [](auto& header, auto&) { header.weight = 0; }});
  for (const Offence& offence : all) {
    Door door;
    ChunkHeader header = Door::good(ChunkKind::result);
    offence.commit(header, door.values);
    door.knock(header, door.values);
    door.expect_refused(offence.what);
    EXPECT_FALSE(door.table[0].chunks()[1].averaged) << offence.what;
    door.knock(Door::good(ChunkKind::result), std::vector<float>(256, 1.0f));
    EXPECT_FALSE(door.table[0].chunks()[1].averaged) << offence.what;
  }
}

TEST(ReducerRefusal, BytesThatAreNoChunkAreRefused) {
  Door door;
  door.table[0].receive(1, Bytes(10, std::byte{1}), door.table.now);
  door.expect_refused("garbage");
}

TEST(ReducerRefusal, WhatARefusedMemberSentBeforeIsTakenOutOfUnfinishedChunks) {
  Door door;
  door.knock(Door::good(ChunkKind::contribution), door.values);
  ChunkHeader again = Door::good(ChunkKind::contribution);
  again.weight = -1;
  door.knock(again, door.values);
  door.expect_refused("second frame");
  door.table.collect();
  for (const auto& flight : door.table.flights) {
    if (flight.from == 2 && flight.to == 0) door.table[0].receive(2, flight.frame, door.table.now);
  }
  EXPECT_EQ(door.table[0].chunks()[0].contributors, MemberSet(0b101));
}

TEST(ReducerRefusal, AnotherRoundsFramesCountForNothing) {
  for (ChunkKind kind : {ChunkKind::contribution, ChunkKind::result}) {
    Door door;
    ChunkHeader header = Door::good(kind);
    header.round.bytes[31] ^= std::byte{1};
    door.knock(header, door.values);
    EXPECT_EQ(door.table[0].counters().stale, 1u);
    EXPECT_TRUE(door.table[0].losses().empty());
    EXPECT_FALSE(door.table[0].chunks()[1].averaged);
    door.knock(Door::good(ChunkKind::contribution), door.values);
    EXPECT_EQ(door.table[0].counters().duplicates, 0u);
  }
}

TEST(ReducerRefusal, AMemberWhoseOwnValuesAreNotFiniteIsLeftOutByEverybodyItselfIncluded) {
  Random random(8);
  std::vector<Member> members = random_members(3, 900, random);
  for (float& value : members[1].values) value = std::numeric_limits<float>::quiet_NaN();
  RoundTable table(members);
  table.run(random);
  for (std::size_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(table[i].settled());
    for (const ChunkReport& chunk : table[i].chunks()) {
      EXPECT_TRUE(chunk.averaged);
      EXPECT_EQ(chunk.contributors, MemberSet(0b101));
    }
    ASSERT_EQ(table[i].losses().size(), 1u);
    EXPECT_EQ(table[i].losses()[0].member, 1u);
    EXPECT_EQ(table[i].losses()[0].reason, LossReason::refused);
  }
  judge(table);
}

TEST(ReducerRefusal, AFrameThatIsNotAsLongAsItsElementsNeedIsRefused) {
  for (const ChunkKind kind : {ChunkKind::contribution, ChunkKind::result}) {
    for (const std::size_t bytes : {0u, 1u, 4 * 256u - 1, 4 * 256u + 1, 2 * 256u}) {
      Door door;
      ChunkHeader header = Door::good(kind);
      header.elements = 256;
      door.table[0].receive(1, chunk_frame(header, bytes), door.table.now);
      door.expect_refused(std::to_string(bytes));
    }
  }
}

TEST(ReducerRefusal, RandomBytesFromAMemberNeverCrashAndNeverReachASum) {
  Random random(13);
  for (int trial = 0; trial < 300; ++trial) {
    RoundTable table(random_members(3, 900, random));
    table.collect();
    for (int i = 0; i < 20; ++i) {
      Bytes frame =
          table.flights[static_cast<std::size_t>(random.below(table.flights.size()))].frame;
      const auto bit = static_cast<std::size_t>(random.below(8 * contribution_header_size));
      frame[bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
      table[0].receive(1 + static_cast<std::size_t>(random.below(2)), frame, table.now);
    }
    table.run(random);
    table.pass(std::chrono::seconds(10));
    for (std::size_t i = 0; i < 3; ++i) {
      ASSERT_TRUE(table[i].settled());
      for (float value : table.result(i).values) ASSERT_TRUE(std::isfinite(value));
    }
  }
}

}  // namespace
}  // namespace moshpit
