// Rounds of three to six members with several chunks, under random schedules, crashes, cut links,
// frozen members and false suspicion: R1, R2, R3 and R5 hold, and all settle by the deadline.
// MOSHPIT_ROUNDS runs so many of them.
#include <algorithm>
#include <cstdlib>
#include <gtest/gtest.h>

#include "reduce/reducer_probe.hpp"
#include "reduce/round_table.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

std::uint64_t rounds() {
  const char* wanted = std::getenv("MOSHPIT_ROUNDS");
  return wanted ? std::strtoull(wanted, nullptr, 10) : 2000;
}

// A table whose members may stand still, and whose links may be cut: what is on them is lost.
class Storm {
 public:
  explicit Storm(std::uint64_t seed) : random_(seed), table_(some_table(random_)) {
    faults_ = static_cast<int>(random_.below(6));
  }

  void run() {
    for (int turn = 0; turn < 400 && !over(); ++turn) {
      table_.collect();
      for (std::uint64_t i = random_.below(12); i > 0; --i) deliver_one();
      if (faults_ > 0 && random_.chance(0.1)) strike();
      if (random_.chance(0.2)) pass(100ms);
    }
    // Those who stand still go on, or the round is over for everybody without them.
    if (random_.chance(0.5)) frozen_.reset();
    for (int i = 0; i < 110 && !over(); ++i) {
      table_.collect();
      while (deliver_one()) table_.collect();
      pass(100ms);
    }
    for (std::size_t i = 0; i < size(); ++i) {
      if (frozen_[i]) table_.crash(i);
    }
  }

  RoundTable& table() { return table_; }
  std::size_t size() const { return table_.reducers.size(); }

 private:
  static RoundTable some_table(Random& random) {
    const auto count = static_cast<std::size_t>(3 + random.below(4));
    std::vector<bool> owners;
    for (std::size_t i = 0; i < count; ++i) owners.push_back(random.chance(0.8));
    const auto elements = static_cast<std::size_t>(1 + random.below(1500));
    const auto codec = static_cast<Codec>(random.below(4));
    return {random_members(count, elements, random), std::move(owners), 1e6, codec};
  }

  bool runs(std::size_t member) const {
    return table_.reducers[member] != nullptr && !frozen_[member];
  }
  bool over() {
    for (std::size_t i = 0; i < size(); ++i) {
      if (runs(i) && !table_[i].settled()) return false;
    }
    return true;
  }

  // To somebody who reads.
  bool deliver_one() {
    std::vector<std::size_t> deliverable;
    for (std::size_t i = 0; i < table_.flights.size(); ++i) {
      if (!frozen_[table_.flights[i].to]) deliverable.push_back(i);
    }
    if (deliverable.empty()) return false;
    table_.deliver(deliverable[static_cast<std::size_t>(random_.below(deliverable.size()))]);
    return true;
  }

  void pass(Duration duration) {
    table_.now += duration;
    for (std::size_t i = 0; i < size(); ++i) {
      if (runs(i)) table_[i].tick(table_.now);
    }
  }

  void strike() {
    --faults_;
    const auto victim = static_cast<std::size_t>(random_.below(size()));
    switch (random_.below(5)) {
      case 0:
        if (!table_.reducers[victim]) return;
        table_.crash(victim);
        if (random_.chance(0.5)) table_.close_links_of(victim);
        return;
      case 1:
        frozen_.set(victim);
        return;
      case 2:
        frozen_.reset(victim);
        return;
      case 3:
        return suspect(victim, static_cast<std::size_t>(random_.below(size())));
      default:
        return cut(victim, static_cast<std::size_t>(random_.below(size())));
    }
  }

  // For no reason.
  void suspect(std::size_t by, std::size_t of) {
    if (by == of || !runs(by) || table_[by].settled()) return;
    ReducerProbe::suspect(table_[by], of, table_.now);
  }

  void cut(std::size_t one, std::size_t other) {
    if (one == other) return;
    std::erase_if(table_.flights, [&](const RoundTable::Flight& flight) {
      return (flight.from == one && flight.to == other) ||
             (flight.from == other && flight.to == one);
    });
    for (const auto& [by, of] : {std::pair(one, other), std::pair(other, one)}) {
      if (runs(by)) table_[by].disconnected(of, "its link closed", table_.now);
    }
  }

  Random random_;
  RoundTable table_;
  MemberSet frozen_;
  int faults_ = 0;
};

bool same(RoundTable& table, std::size_t one, std::size_t other) {
  return table.result(one).values == table.result(other).values;
}

// Four members, and a chunk that the last one owns; it dies when it has told one of the others.
struct HalfTold {
  HalfTold() : table(members()) {
    table.collect();
    deliver_all([](const RoundTable::Flight& flight) { return flight.to == 3; });
    deliver_all(
        [](const RoundTable::Flight& flight) { return flight.from == 3 && flight.to == 1; });
    table.flights.clear();
    table.crash(3);
    table.close_links_of(3);
  }
  static std::vector<Member> members() {
    Random random(2);
    return random_members(4, 200, random);
  }
  // What comes of it too.
  template <class Predicate>
  void deliver_all(Predicate predicate) {
    const auto next = [&] { return std::ranges::find_if(table.flights, predicate); };
    for (auto found = next(); found != table.flights.end(); found = next()) {
      table.deliver(static_cast<std::size_t>(found - table.flights.begin()));
      table.collect();
    }
  }
  void expect_finished() {
    for (std::size_t member = 0; member < 3; ++member) {
      ASSERT_TRUE(table[member].finished()) << member;
      EXPECT_EQ(table[member].view(), MemberSet(member == 1 ? 0b1111 : 0b0111));
      EXPECT_EQ(table[member].take_overs(), 1u);
      EXPECT_EQ(table.result(member).values, table.result(1).values);
      EXPECT_EQ(table[member].chunks()[0].contributors, MemberSet(0b1111));
    }
  }

  RoundTable table;
};

TEST(TakeOver, WhatOneMemberHoldsIsHandedOnWithoutTimePassing) {
  HalfTold world;
  EXPECT_TRUE(world.table[1].finished());
  world.table.collect();
  world.deliver_all([](const auto&) { return true; });
  world.expect_finished();
}

TEST(TakeOver, AResultThatComesBeforeItsBallotStandsIsKept) {
  HalfTold world;
  world.table.collect();
  const auto is_install = [](const RoundTable::Flight& flight) {
    const auto note = decode_reduce_note(flight.frame, 1);
    return note && std::holds_alternative<Install>(note->content) && flight.to == 2;
  };
  world.deliver_all([&](const RoundTable::Flight& flight) { return !is_install(flight); });
  ASSERT_EQ(world.table.flights.size(), 1u);
  EXPECT_FALSE(world.table[2].finished());
  world.table.deliver(0);
  world.expect_finished();
}

// Member 2 dies as well, and no link says so.
TEST(TakeOver, WhoDoesNotAnswerACallerIsLeftOutOfTheNextBallot) {
  HalfTold world;
  world.table.crash(2);
  Random random(1);
  world.table.finish(random);
  for (std::size_t member = 0; member < 2; ++member) {
    ASSERT_TRUE(world.table[member].finished());
    EXPECT_EQ(world.table.result(member).values, world.table.result(1).values);
  }
  EXPECT_EQ(world.table[0].view(), MemberSet(0b0011));
  EXPECT_LT(world.table.now, Time{} + 3s);
}

// Nothing goes to or from member 3 while the others suspect it and finish.
TEST(TakeOver, WhoWasLeftOutByEverybodyFailsAndKeepsWhatItHas) {
  Random random(2);
  auto members = random_members(4, 1000, random);
  for (Member& member : members) member.residuals.assign(1000, 0.001f);
  RoundTable table(members, std::vector<bool>(4, true), 1e6, Codec::int8);
  for (const std::size_t member : {0u, 1u, 2u}) ReducerProbe::suspect(table[member], 3, table.now);
  const auto of_3 = [](const auto& flight) { return flight.from == 3 || flight.to == 3; };
  table.collect();
  std::erase_if(table.flights, of_3);
  while (!table.flights.empty()) {
    table.deliver(0);
    table.collect();
    std::erase_if(table.flights, of_3);
  }
  for (const std::size_t member : {0u, 1u, 2u}) ASSERT_TRUE(table[member].finished());
  table[3].disconnected(0, "its link closed", table.now);
  table.finish(random);
  EXPECT_LE(table.now, Time{} + 300ms) << "when its turn comes";
  EXPECT_TRUE(table[3].settled());
  EXPECT_FALSE(table[3].finished());
  EXPECT_EQ(table.result(3).values, table.members[3].values);
  EXPECT_EQ(table.result(3).residuals, table.members[3].residuals);
  EXPECT_NE(table.result(0).residuals, table.members[0].residuals);
  EXPECT_EQ(table[3].losses().size(), 3u);
}

TEST(TakeOver, WhateverHappensMembersInEachOthersViewsAgree) {
  std::size_t finished = 0;
  std::size_t taken_over = 0;
  std::size_t failed = 0;
  std::size_t divergent = 0;
  for (std::uint64_t seed = 0; seed < rounds(); ++seed) {
    Storm storm(seed);
    storm.run();
    RoundTable& table = storm.table();
    judge(table);
    if (testing::Test::HasFailure()) FAIL() << "seed " << seed;
    for (std::size_t i = 0; i < storm.size(); ++i) {
      if (!table.reducers[i]) continue;
      finished += table[i].finished() ? 1 : 0;
      failed += table[i].finished() ? 0 : 1;
      taken_over += table[i].take_overs() > 0 ? 1 : 0;
      for (std::size_t j = 0; j < i; ++j) {
        if (!table.reducers[j] || !table[i].finished() || !table[j].finished()) continue;
        divergent += same(table, i, j) ? 0 : 1;
      }
    }
  }
  std::printf("%zu finished, %zu of them after a take-over, %zu failed, %zu pairs differ\n",
              finished, taken_over, failed, divergent);
  // Those who differ are not in each other's views; without them this would show nothing.
  EXPECT_GT(divergent, rounds() / 100);
  EXPECT_GT(taken_over, rounds() / 10);
  EXPECT_LT(failed, finished / 10);
}

}  // namespace
}  // namespace moshpit
