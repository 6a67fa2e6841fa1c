// Ballots: what is agreed on when one of them is lost, rule by rule. That the rules together keep
// their promise is shown in take_over_search_test.cpp.
#include "reduce/ballots.hpp"

#include <gtest/gtest.h>

namespace moshpit {
namespace {

constexpr std::size_t chunks = 4;
const MemberSet nobody;

ChunkSet holding(std::initializer_list<std::size_t> held) {
  ChunkSet set(chunks);
  for (const std::size_t chunk : held) set[chunk] = true;
  return set;
}

ChunkHeader result(std::uint32_t chunk, std::uint16_t sender, Ballot ballot = {}) {
  ChunkHeader header;
  header.kind = ChunkKind::result;
  header.chunk = chunk;
  header.sender = sender;
  header.ballot = ballot;
  return header;
}

// Four members that each own a chunk.
struct Four {
  Ballots& operator[](std::size_t member) { return members[member]; }

  // Everybody that is called answers, and all but `absent` hear what stands then.
  void install_by(std::size_t caller, const MemberSet& suspects, MemberSet absent = {}) {
    const TakeStock question = members[caller].call(suspects, holding({caller}));
    const Ballot ballot = members[caller].promised();
    for (std::size_t member = 0; member < 4; ++member) {
      if (member == caller || !question.view[member]) continue;
      const auto answer = members[member].answer(caller, ballot, question, holding({member}));
      ASSERT_TRUE(answer && std::holds_alternative<Promise>(*answer));
      members[caller].promised_by(member, ballot, std::get<Promise>(*answer));
    }
    const auto install = members[caller].ready();
    ASSERT_TRUE(install);
    for (std::size_t member = 0; member < 4; ++member) {
      if (install->view[member] && !absent[member]) {
        EXPECT_TRUE(members[member].install(caller, ballot, *install));
      }
    }
  }

  static Ballots make(std::size_t self) {
    return {self, std::vector<bool>(4, true), Partition(chunks, std::vector<double>(4, 0.25))};
  }
  std::vector<Ballots> members{make(0), make(1), make(2), make(3)};
};

TEST(Ballots, AtFirstEverybodyIsInTheViewAndOwnersAreAuthors) {
  Four four;
  for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
    EXPECT_EQ(four[0].source(chunk), chunk);
    EXPECT_FALSE(four[0].holder(chunk));
    EXPECT_TRUE(four[0].accepts(
        chunk, result(static_cast<std::uint32_t>(chunk), static_cast<std::uint16_t>(chunk))));
    EXPECT_FALSE(four[0].accepts((chunk + 1) % 4, result(static_cast<std::uint32_t>(chunk),
                                                         static_cast<std::uint16_t>(chunk))));
  }
  EXPECT_EQ(four[0].view(), MemberSet(0b1111));
}

TEST(Ballots, WhatSomebodyHoldsIsHandedOnAndTheRestGetsAnotherAuthor) {
  Four four;
  four.install_by(0, MemberSet(0b1000));
  for (std::size_t member = 0; member < 3; ++member) {
    EXPECT_EQ(four[member].view(), MemberSet(0b0111));
    for (std::size_t chunk = 0; chunk < 3; ++chunk) {
      EXPECT_EQ(four[member].holder(chunk), chunk);
      EXPECT_EQ(four[member].lacks(member, chunk), member != chunk);
    }
    EXPECT_FALSE(four[member].holder(3));
    EXPECT_NE(four[member].author(3), 3u);
    EXPECT_EQ(four[member].author(3), four[0].author(3));
  }
  const Ballot ballot = four[0].adopted();
  const auto author = static_cast<std::uint16_t>(four[0].author(3));
  EXPECT_TRUE(four[0].accepts(1, result(1, 1)));
  EXPECT_TRUE(four[0].accepts(author, result(3, author, ballot)));
  EXPECT_FALSE(four[0].accepts(author, result(3, author))) << "of the ballot before";
}

TEST(Ballots, NothingIsTakenBetweenThePromiseAndTheInstallation) {
  Four four;
  const TakeStock question = four[0].call(MemberSet(0b1000), holding({}));
  EXPECT_FALSE(four[0].stands());
  EXPECT_TRUE(four[1].answer(0, four[0].promised(), question, holding({})));
  EXPECT_FALSE(four[1].stands());
  EXPECT_FALSE(four[1].accepts(2, result(2, 2)));
}

TEST(Ballots, EverybodyWhoIsCalledIsWaitedFor) {
  Four four;
  const TakeStock question = four[0].call(nobody, holding({}));
  for (std::size_t member = 1; member < 4; ++member) {
    EXPECT_FALSE(four[0].ready());
    auto answer = four[member].answer(0, four[0].promised(), question, holding({}));
    four[0].promised_by(member, four[0].promised(), std::get<Promise>(*std::move(answer)));
  }
  EXPECT_TRUE(four[0].ready());
  EXPECT_FALSE(four[0].ready()) << "once";
}

TEST(Ballots, TheHighestBallotIsAnsweredAndItsCallerLeavesItsOwn) {
  Four four;
  const TakeStock of_0 = four[0].call(nobody, holding({}));
  const TakeStock of_1 = four[1].call(nobody, holding({}));
  EXPECT_TRUE(four[2].answer(1, four[1].promised(), of_1, holding({})));
  EXPECT_FALSE(four[2].answer(0, four[0].promised(), of_0, holding({}))) << "of a lower index";
  EXPECT_TRUE(four[0].answer(1, four[1].promised(), of_1, holding({})));
  EXPECT_FALSE(four[0].calling());
  EXPECT_FALSE(four[1].answer(0, Ballot{1, 0}, of_0, holding({})));
  EXPECT_TRUE(four[1].calling());
}

// Member 3 was left out and does not know it; member 2 has promised that ballot and did not hear
// that it stands. What 2 calls afterwards must not bring 3 together with those who left it out.
TEST(Ballots, AViewIsWhoeverIsInTheViewsOfAllWhoAnswer) {
  Four four;
  four.install_by(0, MemberSet(0b1000), MemberSet(0b0100));
  EXPECT_EQ(four[2].view(), MemberSet(0b1111));
  four.install_by(2, MemberSet(0b0001));
  EXPECT_EQ(four[1].view(), MemberSet(0b0110));
  EXPECT_EQ(four[2].view(), MemberSet(0b0110));
  EXPECT_FALSE(four[3].stands()) << "it was called";
  EXPECT_EQ(four[3].view(), MemberSet(0b1111));
}

TEST(Ballots, WhoIsOutsideTheViewIsToldSoAndPromisedNothing) {
  Four four;
  four.install_by(0, MemberSet(0b1000));
  const TakeStock question = four[3].call(nobody, holding({3}));
  const auto answer = four[1].answer(3, Ballot{9, 3}, question, holding({}));
  ASSERT_TRUE(answer);
  EXPECT_TRUE(std::holds_alternative<LeftOut>(*answer));
  EXPECT_TRUE(four[1].stands());
}

TEST(Ballots, AnAuthorStaysOneWhileViewsShrink) {
  const std::vector<bool> owners(6, true);
  const Partition partition(60, std::vector<double>(6, 1.0 / 6));
  Ballots before(0, owners, partition);
  Ballots after(0, owners, partition);
  for (Ballots* ballots : {&before, &after}) {
    const MemberSet suspects(ballots == &before ? 0b010000 : 0b110000);
    ballots->call(suspects, ChunkSet(60));
    const Ballot ballot = ballots->promised();
    for (const std::size_t member : {1u, 2u, 3u, 5u}) {
      ballots->promised_by(member, ballot, Promise{MemberSet(0b111111), ChunkSet(60)});
    }
    ASSERT_TRUE(ballots->install(0, ballot, *ballots->ready()));
  }
  MemberSet authors;
  for (std::size_t chunk = 0; chunk < 60; ++chunk) {
    const bool stays = after.author(chunk) == before.author(chunk);
    EXPECT_TRUE(stays || before.author(chunk) == 5u);
    if (before.partition().owner(chunk) == 4) authors.set(before.author(chunk));
  }
  EXPECT_EQ(authors, MemberSet(0b101111)) << "the lost one's chunks are shared out";
}

TEST(Ballots, ForeignNotesChangeNothing) {
  Four four;
  Ballots& ballots = four[0];
  const MemberSet view(0b0111);
  const Install install{view, {{0, holding({})}, {1, holding({})}, {2, holding({})}}};
  EXPECT_FALSE(ballots.install(1, Ballot{1, 1}, install)) << "nobody promised it";
  EXPECT_FALSE(ballots.answer(2, Ballot{1, 1}, TakeStock{view}, holding({}))) << "another's ballot";
  EXPECT_FALSE(ballots.answer(1, Ballot{1, 1}, TakeStock{MemberSet(0b0110)}, holding({})));
  ballots.promised_by(1, Ballot{1, 0}, Promise{view, holding({})});
  EXPECT_FALSE(ballots.ready());
  EXPECT_TRUE(ballots.answer(1, Ballot{1, 1}, TakeStock{view}, holding({})));
  EXPECT_FALSE(ballots.install(2, Ballot{1, 1}, install)) << "by somebody else";
  EXPECT_FALSE(ballots.install(1, Ballot{1, 1}, Install{MemberSet(0b10011), {}})) << "a stranger";
  EXPECT_FALSE(ballots.install(1, Ballot{1, 1}, Install{MemberSet(0b0110), {}})) << "without it";
  EXPECT_TRUE(ballots.install(1, Ballot{1, 1}, install));
}

}  // namespace
}  // namespace moshpit
