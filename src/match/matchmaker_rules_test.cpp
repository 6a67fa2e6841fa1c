// Single rules of Matchmaker, one machine at a time, where a whole world would need much luck to
// show them.
#include <algorithm>
#include <gtest/gtest.h>
#include <vector>

#include "match/assemble.hpp"
#include "match/matchmaker.hpp"
#include "match/matchmaker_test_world.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

using Kind = MatchAction::Kind;

constexpr Time start{};
const Search wanted{DirectoryKey{}, RoundTime{1, 0}, 4, 1s};

// Contacts in the order that all peers compute, the first one leads.
std::vector<Contact> in_order(std::uint64_t count) {
  std::vector<Contact> contacts;
  for (std::uint64_t i = 0; i < count; ++i) {
    contacts.push_back({PeerId{Hasher().add(i).digest()}, {Address{"10.0.0.1", 1}}});
  }
  const auto rank = [](const Contact& contact) {
    return Hasher().add(wanted.key.bytes).add(contact.id.bytes).digest();
  };
  std::sort(contacts.begin(), contacts.end(),
            [&](const Contact& one, const Contact& other) { return rank(one) < rank(other); });
  return contacts;
}

const std::vector<Contact> peers = in_order(6);

Matchmaker seeker(std::size_t self, const std::vector<std::size_t>& known) {
  Matchmaker maker(peers[self], RunId{}, wanted, start, Random(1));
  for (const std::size_t other : known) maker.candidate(peers[other]);
  maker.tick(start);
  return maker;
}

MatchAnswer accepted(Duration remaining = 1s) {
  MatchAnswer answer;
  answer.reply = MatchReply::accepted;
  answer.remaining = remaining;
  return answer;
}

MatchAnswer redirect(std::size_t leader) {
  MatchAnswer answer;
  answer.reply = MatchReply::redirect;
  answer.leader = peers[leader];
  return answer;
}

// The one action of this kind; it fails if there is none.
MatchAction only(Matchmaker& maker, Kind kind) {
  const std::vector<MatchAction> actions = maker.take_actions();
  const auto of_kind = [kind](const MatchAction& action) { return action.kind == kind; };
  EXPECT_EQ(std::count_if(actions.begin(), actions.end(), of_kind), 1);
  const auto found = std::find_if(actions.begin(), actions.end(), of_kind);
  return found == actions.end() ? MatchAction{kind, {}, 0, {}} : *found;
}

TEST(MatchmakerRules, AsksTheFirstOnly) {
  Matchmaker maker = seeker(3, {2, 0, 4, 1});
  EXPECT_EQ(only(maker, Kind::join).peer, peers[0]);
}

TEST(MatchmakerRules, QuestionThatIsGivenUpIsWithdrawn) {
  Matchmaker maker = seeker(2, {0, 1});
  const MatchAction question = only(maker, Kind::join);
  maker.unreachable(start, peers[0].id, question.number);
  const MatchAction withdrawal = only(maker, Kind::withdraw);
  EXPECT_EQ(withdrawal.peer, peers[0]);
  EXPECT_EQ(withdrawal.number, question.number);
  maker.tick(start);
  EXPECT_EQ(only(maker, Kind::join).peer, peers[1]) << "on with the next";
}

TEST(MatchmakerRules, QuestionThatIsOpenWhenPatienceEndsIsWithdrawn) {
  Matchmaker maker = seeker(1, {0});
  maker.take_actions();
  EXPECT_EQ(maker.join(start, peers[2], 1).reply, MatchReply::accepted);
  maker.tick(start + 1s);
  ASSERT_TRUE(maker.assembled());
  EXPECT_EQ(only(maker, Kind::withdraw).peer, peers[0]);
}

TEST(MatchmakerRules, AnswerToAnOldQuestionIsNotHeard) {
  Matchmaker maker = seeker(2, {0, 1});
  const MatchAction old_question = only(maker, Kind::join);
  maker.redirected(start, peers[0].id, Redirection{{}, old_question.number, std::nullopt});
  maker.tick(start);
  const MatchAction question = only(maker, Kind::join);
  EXPECT_EQ(question.peer, peers[1]);
  maker.answered(start, peers[0].id, old_question.number, accepted());
  maker.answered(start, peers[1].id, old_question.number, accepted());
  EXPECT_NE(maker.explain(start).find("asking"), std::string::npos) << maker.explain(start);
  maker.answered(start, peers[1].id, question.number, accepted());
  EXPECT_NE(maker.explain(start).find("to start the group"), std::string::npos);
}

TEST(MatchmakerRules, QuestionThatComesAfterItsWithdrawalIsRefused) {
  Matchmaker maker = seeker(0, {1});
  maker.withdrew(peers[1].id, 1);
  EXPECT_EQ(maker.join(start, peers[1], 1).reply, MatchReply::later);
  EXPECT_EQ(maker.join(start, peers[1], 2).reply, MatchReply::accepted);
}

TEST(MatchmakerRules, FullLeaderThatMayHaveToFollowAcceptsNobodyElse) {
  Matchmaker maker = seeker(1, {0});
  for (std::size_t i = 2; i < 5; ++i) {
    EXPECT_EQ(maker.join(start, peers[i], 1).reply, MatchReply::accepted);
  }
  const MatchAnswer answer = maker.join(start, peers[5], 1);
  EXPECT_EQ(answer.reply, MatchReply::redirect);
  EXPECT_EQ(answer.leader, peers[0]);
  EXPECT_FALSE(maker.over());
}

TEST(MatchmakerRules, LeaderThatHasBecomeFreeStartsBeforeItAcceptsOneTooMany) {
  Matchmaker maker = seeker(1, {0});
  for (const std::size_t follower : {2, 3, 4}) {
    EXPECT_EQ(maker.join(start, peers[follower], 1).reply, MatchReply::accepted);
  }
  maker.answered(start, peers[0].id, only(maker, Kind::join).number, MatchAnswer{});
  EXPECT_EQ(maker.join(start, peers[5], 1).reply, MatchReply::started);
  ASSERT_TRUE(maker.assembled());
  EXPECT_EQ(maker.assembled()->group.size(), 4U);
}

TEST(MatchmakerRules, FollowerTellsWhoHailsItAboutItsLeader) {
  Matchmaker follower = seeker(2, {1});
  const MatchAction question = only(follower, Kind::join);
  EXPECT_EQ(follower.hail(peers[0]).leader, peers[1]) << "asked, not answered yet";
  follower.answered(start, peers[1].id, question.number, accepted());
  const MatchAnswer answer = follower.hail(peers[0]);
  EXPECT_EQ(answer.reply, MatchReply::redirect);
  EXPECT_EQ(answer.leader, peers[1]);

  Matchmaker newcomer = seeker(0, {2});
  EXPECT_EQ(only(newcomer, Kind::hail).peer, peers[2]);
  newcomer.hail_answered(peers[2].id, answer);
  newcomer.tick(start);
  EXPECT_EQ(only(newcomer, Kind::hail).peer, peers[1]) << "the leader it had not known";
}

TEST(MatchmakerRules, LeaderThatFollowsSendsItsFollowersAndEarlyAskersThere) {
  Matchmaker maker = seeker(1, {0});
  maker.early_candidate(peers[4]);
  const MatchAction question = only(maker, Kind::join);
  maker.join(start, peers[2], 7);
  maker.answered(start, peers[0].id, question.number, accepted());
  std::vector<MatchAction> actions = maker.take_actions();
  ASSERT_EQ(actions.size(), 2u);
  for (const MatchAction& action : actions) {
    EXPECT_EQ(action.kind, Kind::redirect);
    EXPECT_EQ(action.leader, peers[0]);
    EXPECT_EQ(action.number, action.peer == peers[2] ? 7u : 0u);
  }
}

TEST(MatchmakerRules, FollowerAsksWhetherItsLeaderIsThereAndLeavesASilentOne) {
  Matchmaker maker = seeker(2, {0, 1});
  const MatchAction question = only(maker, Kind::join);
  maker.answered(start, peers[0].id, question.number, accepted());
  Time now = maker.next_deadline();
  EXPECT_EQ(now, start + Matchmaker::check_interval);
  maker.tick(now);
  EXPECT_EQ(only(maker, Kind::join).number, question.number);
  maker.answered(now, peers[0].id, question.number, accepted());
  now = maker.next_deadline();
  maker.tick(now);
  maker.take_actions();
  maker.unreachable(now, peers[0].id, question.number);
  EXPECT_EQ(only(maker, Kind::withdraw).peer, peers[0]);
  maker.tick(now);
  EXPECT_EQ(only(maker, Kind::join).peer, peers[1]);
}

// A note is lost when the link under it is replaced at that moment.
TEST(MatchmakerRules, FollowerThatWasNotToldOfItsGroupIsToldAgain) {
  Matchmaker leader = seeker(0, {1});
  Matchmaker follower = seeker(1, {0});
  const MatchAction question = only(follower, Kind::join);
  follower.answered(start, peers[0].id, question.number,
                    leader.join(start, peers[1], question.number));
  leader.tick(start + wanted.patience);
  only(leader, Kind::assembled);

  Time now = start + wanted.patience;
  const MatchAnswer answer = leader.join(now, peers[1], question.number);
  EXPECT_EQ(answer.reply, MatchReply::started);
  EXPECT_EQ(only(leader, Kind::assembled).peer, peers[1]);
  follower.answered(now, peers[0].id, question.number, answer);
  EXPECT_TRUE(follower.joins(peers[0].id, *leader.assembled()));

  leader.join(now, peers[1], question.number + 1);
  leader.join(now, peers[2], 1);
  EXPECT_TRUE(leader.take_actions().empty()) << "who is not a member, or has left, is told nothing";
}

TEST(MatchmakerRules, ClosedLinkEndsWhatDependedOnIt) {
  Matchmaker leader = seeker(0, {1});
  leader.join(start, peers[1], 1);
  leader.disconnected(start, peers[1].id);
  leader.tick(start + wanted.patience);
  EXPECT_TRUE(leader.over());
  EXPECT_FALSE(leader.assembled()) << "with a follower that is gone";

  Matchmaker follower = seeker(2, {0, 1});
  follower.answered(start, peers[0].id, only(follower, Kind::join).number, accepted());
  follower.disconnected(start, peers[1].id);
  follower.tick(start);
  EXPECT_TRUE(follower.take_actions().empty()) << "not its leader";
  follower.disconnected(start, peers[0].id);
  follower.tick(start);
  EXPECT_EQ(only(follower, Kind::join).peer, peers[1]);
}

// However long it promises; and a check that nobody answers does not prolong the wait.
TEST(MatchmakerRules, LeaderIsNotFollowedForLongerThanItPromised) {
  Matchmaker maker = seeker(1, {0});
  const MatchAction question = only(maker, Kind::join);
  maker.answered(start, peers[0].id, question.number, accepted(600ms));
  maker.tick(start + 600ms + Matchmaker::leader_margin);
  EXPECT_NE(maker.explain(start).find("more peer"), std::string::npos) << maker.explain(start);

  Matchmaker patient = seeker(1, {0});
  patient.answered(start, peers[0].id, only(patient, Kind::join).number, accepted(1h));
  patient.tick(start + wanted.patience + Matchmaker::overtime);
  EXPECT_TRUE(patient.over());
}

TEST(MatchmakerRules, NobodyLeadsItselfOrTheOneBeforeIt) {
  Matchmaker maker = seeker(1, {0});
  const MatchAction question = only(maker, Kind::join);
  EXPECT_EQ(maker.join(start, peers[0], 1).reply, MatchReply::later);
  EXPECT_EQ(maker.join(start, peers[1], 1).reply, MatchReply::later);
  maker.answered(start, peers[0].id, question.number, redirect(1));
  maker.tick(start);
  for (const MatchAction& action : maker.take_actions()) EXPECT_NE(action.peer, peers[1]);
}

TEST(MatchmakerRules, PeersWithoutAddressesAreNeitherAskedNorAccepted) {
  Contact shy = peers[1];
  shy.addresses.clear();
  Matchmaker outbound(shy, RunId{}, wanted, start, Random(1));
  Contact also_shy = peers[0];
  also_shy.addresses.clear();
  EXPECT_EQ(outbound.join(start, also_shy, 1).reply, MatchReply::later);
  outbound.tick(start);
  EXPECT_TRUE(outbound.take_actions().empty());
  outbound.candidate(peers[5]);
  outbound.tick(start);
  EXPECT_EQ(only(outbound, Kind::join).peer, peers[5]) << "any that can be dialled comes before it";
}

TEST(MatchmakerRules, GroupThatIsTooLargeOrFromElsewhereIsNotJoined) {
  const auto joins = [](std::size_t leader, const Search& search, std::size_t size) {
    Matchmaker maker = seeker(5, {0});
    Members members;
    for (std::size_t i = peers.size() - size; i < peers.size(); ++i) members[peers[i]] = 0;
    return maker.joins(peers[leader].id, assemble(search, RunId{}, peers[leader].id, members, 1));
  };
  EXPECT_TRUE(joins(0, wanted, 4));
  EXPECT_FALSE(joins(1, wanted, 4)) << "not the one that was asked";
  Search larger = wanted;
  larger.group_size = 6;
  EXPECT_FALSE(joins(0, larger, 6));
  Search wider = wanted;
  wider.group_size = 256;
  EXPECT_FALSE(joins(0, wider, 4)) << "digits beyond M";
  Search later = wanted;
  ++later.time.round;
  EXPECT_FALSE(joins(0, later, 4));
}

// The answer of the one that it asked first came too late, and the other has already accepted it.
TEST(MatchmakerRules, TheGroupOfALeaderThatWasGivenUpIsJoinedAndTheNewLeaderToldSo) {
  Matchmaker maker = seeker(5, {0, 1});
  maker.unreachable(start, peers[0].id, only(maker, Kind::join).number);
  maker.tick(start);
  const MatchAction second = only(maker, Kind::join);
  ASSERT_EQ(second.peer, peers[1]);
  maker.answered(start, peers[1].id, second.number, accepted());
  Members group{{peers[0], 0}};
  for (std::size_t i = peers.size() - 3; i < peers.size(); ++i) group[peers[i]] = 0;
  EXPECT_TRUE(maker.joins(peers[0].id, assemble(wanted, RunId{}, peers[0].id, group, 1)));
  EXPECT_TRUE(maker.over());
  const MatchAction withdrawal = only(maker, Kind::withdraw);
  EXPECT_EQ(withdrawal.peer, peers[1]);
  EXPECT_EQ(withdrawal.number, second.number);
}

// All but one are frozen, and it asks one after the other.
TEST(MatchmakerRules, ManySilentPeersDoNotHoldUpForEver) {
  MatchWorldSettings settings;
  settings.peers = 12;
  for (std::size_t live = 0; live < settings.peers; ++live) {
    MatchWorld world(settings, [](std::size_t) { return 0; });
    for (std::size_t i = 0; i < settings.peers; ++i) {
      if (i != live) world.freeze(i);
    }
    world.arrive(live);
    while (world.step()) {
    }
    EXPECT_LE(world.spent(live), settings.patience + Matchmaker::overtime);
  }
}

// Whoever comes to a group that has started learns who is in it, and asks none of them.
TEST(MatchmakerRules, LateOnesAskNobodyOfTheGroupThatHasStarted) {
  MatchWorldSettings settings;
  settings.peers = 16;
  settings.group_size = 8;
  MatchWorld world(settings, [](std::size_t) { return 0; });
  for (std::size_t i = 0; i < settings.peers; ++i) world.arrive(i);
  while (world.step()) {
  }
  EXPECT_EQ(world.lonely(), 0u);
  // Everybody but the first asks it, and everybody of the second group but its leader asks that
  // one.
  EXPECT_EQ(world.questions(), 15u + 7u);
}

}  // namespace
}  // namespace moshpit
