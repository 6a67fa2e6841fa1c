// The Network in the simulated world: questions, links that come and go, and peers that misbehave.
#include "net/network.hpp"

#include <gtest/gtest.h>

#include "net/network_test_swarm.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

TEST(Network, ConnectsAsksAndIsAnswered) {
  Two two;
  const int question = two.one->ask(two.other->contact(), "echo hello", 1s);
  two.pass(1s);
  EXPECT_EQ(two.one->answer_to(question), "re: echo hello");
  ASSERT_EQ(two.other->asked_by.size(), 1u);
  EXPECT_EQ(two.other->asked_by[0], two.one->contact());
  EXPECT_EQ(two.one->network.counters().links_opened, 1u);
  EXPECT_EQ(two.one->network.connected_peers(), std::vector<Contact>{two.other->contact()});
  EXPECT_GT(two.other->network.counters().bytes_received, 0u);
}

TEST(Network, AnswersManyQuestionsAtOnceAndEachWithItsOwn) {
  Two two;
  for (int i = 0; i < 1000; ++i) {
    two.one->ask(two.other->contact(), (i % 2 ? "later " : "echo ") + std::to_string(i), 5s);
  }
  two.pass(5s);
  ASSERT_TRUE(two.one->all_answered());
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(two.one->answer_to(i), (i % 2 ? "re: later " : "re: echo ") + std::to_string(i));
  }
  EXPECT_EQ(two.other->most_answering, 256u);  // the others wait their turn
}

TEST(Network, ClosesALinkThatAsksBeyondAllBounds) {
  Two two;
  for (int i = 0; i < 1500; ++i) two.one->ask(two.other->contact(), "later", 5s);
  two.pass(200ms);
  ASSERT_TRUE(two.one->all_answered());
  EXPECT_NE(two.one->answer_to(1499).find("closed before it answered"), std::string::npos);
}

TEST(Network, AnswersNothingUnderAProtocolThatNobodyServes) {
  Two two;
  const int question = two.one->ask(two.other->contact(), "echo", 1s, Protocol::train);
  two.pass(1s);
  EXPECT_EQ(two.one->answer_to(question), "");
}

TEST(Network, CancelsAnswersOfAServiceThatStops) {
  Two two;
  const int question = two.one->ask(two.other->contact(), "never", 10s);
  two.world.at(Time{} + 500ms, [&] { two.other->network.stop_serving(Protocol::match); });
  two.pass(1s);
  EXPECT_EQ(two.one->answer_to(question), "");
}

TEST(Network, TellsOnlyOverAStandingLink) {
  Two two;
  const PeerId other = two.other->network.id();
  EXPECT_FALSE(two.one->network.tell(other, Protocol::match, to_bytes("lost"), Priority::bulk));
  two.connect();
  EXPECT_TRUE(two.one->network.tell(other, Protocol::match, to_bytes("kept"), Priority::bulk));
  two.pass(100ms);
  EXPECT_EQ(two.other->heard, std::vector<std::string>{"kept"});
}

TEST(Network, DrainsWhatItWasToldToSend) {
  Two two;
  two.connect();
  const PeerId other = two.other->network.id();
  for (int i = 0; i < 8; ++i) {
    two.one->network.tell(other, Protocol::match, Bytes(message_limit), Priority::bulk);
  }
  two.one->drain(other, 10s);
  two.pass(10ms);
  EXPECT_FALSE(two.one->drained);
  two.pass(5s);
  EXPECT_EQ(two.one->drained, true);
  EXPECT_EQ(two.other->heard.size(), 8u);
}

TEST(Network, DrainingEndsWithTheLink) {
  Two two;
  two.connect();
  two.other_host.freeze();
  const PeerId other = two.other->network.id();
  for (int i = 0; i < 8; ++i) {
    two.one->network.tell(other, Protocol::match, Bytes(message_limit), Priority::bulk);
  }
  two.one->drain(other, 1h);
  two.pass(10s);
  EXPECT_EQ(two.one->drained, false);
}

TEST(Network, KeepsOneLinkWhenTwoPeersDialAtOnceAndLosesNoQuestion) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Two two(seed);
    for (int i = 0; i < 20; ++i) {
      two.world.at(Time{} + i * 2ms, [&two] {
        two.one->ask(two.other->contact(), "echo", 1s);
        two.other->ask(two.one->contact(), "later", 1s);
      });
    }
    two.pass(2s);
    for (Member* member : {two.one, two.other}) {
      ASSERT_EQ(member->outcomes.size(), 20u) << seed;
      for (const auto& [number, outcome] : member->outcomes) ASSERT_TRUE(outcome.ok()) << seed;
      ASSERT_TRUE(member->lost.empty()) << seed;
      ASSERT_EQ(member->network.connected_peers().size(), 1u) << seed;
    }
  }
}

TEST(Network, LinksThatAreSuperfluousAreClosedOnBothSides) {
  Two two;
  for (int i = 0; i < 5; ++i) two.one->connect_to(two.other_host.address());
  two.pass(3s);
  EXPECT_EQ(two.one->network.counters().links_opened, 5u);
  two.connect();
  EXPECT_TRUE(two.one->lost.empty());
  // One link is left: a second of quiet brings a ping and a pong a side, and not a link.
  std::size_t frames = 0;
  two.world.on_delivery([&](Time, const sim::Host&, const sim::Host&, ByteView) { ++frames; });
  two.pass(10s);
  EXPECT_LE(frames, 50u);
}

TEST(Network, LearnsWhoAnswersAtAnAddress) {
  Two two;
  two.one->connect_to(two.other_host.address());
  two.pass(1s);
  ASSERT_TRUE(two.one->learnt && two.one->learnt->ok());
  EXPECT_EQ(**two.one->learnt, two.other->contact());
}

TEST(Network, DoesNotTalkToItself) {
  Two two;
  two.one->connect_to(two.host.address());
  two.pass(1s);
  ASSERT_TRUE(two.one->learnt && !two.one->learnt->ok());
  EXPECT_EQ(two.one->learnt->error().code(), ErrorCode::invalid_argument);
  EXPECT_FALSE(two.one->network.connected(two.one->network.id()));
}

TEST(Network, AnswersItsOwnQuestions) {
  Two two;
  const int question = two.one->ask(two.one->contact(), "echo", 1s);
  const int unserved = two.one->ask(two.one->contact(), "echo", 1s, Protocol::train);
  two.pass(1s);
  EXPECT_EQ(two.one->answer_to(question), "re: echo");
  EXPECT_EQ(two.one->answer_to(unserved), "");
}

TEST(Network, RefusesAWrongSecretAndNothingElseIsDisturbed) {
  Two two;
  two.connect();
  sim::Host& third = two.world.add_host();
  auto& outsider = third.start<Member>(third, test_membership("another secret.."));
  outsider.connect_to(two.other_host.address());
  const int question = outsider.ask(two.other->contact(), "echo", 10s);
  two.pass(3s);
  ASSERT_TRUE(outsider.learnt && !outsider.learnt->ok());
  EXPECT_EQ(outsider.learnt->error().code(), ErrorCode::refused);
  EXPECT_EQ(outsider.learnt->error().message(),
            "The peer at " + two.other_host.address().text() +
                " belongs to another run or the invite's secret is wrong: ask for a fresh "
                "invite.");
  EXPECT_EQ(outsider.outcomes.at(question).error().code(), ErrorCode::refused);
  EXPECT_FALSE(two.other->network.connected(outsider.network.id()));
  EXPECT_EQ(two.other->network.counters().links_refused, 2u);
  EXPECT_TRUE(two.other->asked_by.empty());
  EXPECT_TRUE(two.other->network.connected(two.one->network.id()));
  EXPECT_TRUE(two.other->lost.empty());
}

TEST(Network, RefusesAnotherRun) {
  Two two;
  Membership elsewhere = test_membership();
  elsewhere.run = RunId{sha256(as_bytes("another run"))};
  sim::Host& third = two.world.add_host();
  auto& outsider = third.start<Member>(third, elsewhere);
  outsider.connect_to(two.other_host.address());
  two.pass(3s);
  ASSERT_TRUE(outsider.learnt && !outsider.learnt->ok());
  EXPECT_EQ(outsider.learnt->error().code(), ErrorCode::refused);
}

TEST(Network, DialsTheNextAddressIfTheFirstIsDead) {
  Two two;
  sim::Host& dead = two.world.add_host();
  dead.crash();
  Contact contact = two.other->contact();
  contact.addresses.insert(contact.addresses.begin(), dead.address());
  const int question = two.one->ask(contact, "echo", 8s);
  two.pass(8s);
  EXPECT_EQ(two.one->answer_to(question), "re: echo");
}

TEST(Network, SaysThatNobodyIsThere) {
  Two two;
  two.other_host.crash();
  const Contact gone{two.other_host.id(), {two.other_host.address()}};
  const int dialled = two.one->ask(gone, "echo", 5s);
  const int undialable = two.one->ask(Contact{gone.id, {}}, "echo", 5s);
  two.pass(6s);
  EXPECT_EQ(two.one->outcomes.at(dialled).error().code(), ErrorCode::unreachable);
  EXPECT_EQ(two.one->outcomes.at(undialable).error().code(), ErrorCode::unreachable);
}

TEST(Network, ACrashEndsQuestionsQuickly) {
  Two two;
  two.connect();
  const PeerId other = two.other->network.id();
  const int question = two.one->ask(two.other->contact(), "never", 60s);
  two.pass(100ms);
  two.other_host.crash();
  two.pass(1s);
  ASSERT_TRUE(two.one->all_answered());
  EXPECT_EQ(two.one->outcomes.at(question).error().code(), ErrorCode::unreachable);
  EXPECT_LT(two.one->took.at(question), 150ms);
  EXPECT_EQ(two.one->lost, std::vector<PeerId>{other});
  EXPECT_EQ(two.one->ends, std::vector{LinkEnd::lost});
  EXPECT_FALSE(two.one->network.connected(other));
}

TEST(Network, AFrozenPeerIsDeclaredSilentAndQuestionsEndAtTheirDeadline) {
  Two two;
  two.connect();
  const PeerId other = two.other->network.id();
  two.other_host.freeze();
  const Time frozen = two.world.now();
  const int question = two.one->ask(two.other->contact(), "echo", 500ms);
  EXPECT_FALSE(two.world.run_until([&] { return !two.one->lost.empty(); },
                                   frozen + 1900ms));  // it was quiet before
  EXPECT_EQ(two.one->took.at(question), 500ms);
  EXPECT_TRUE(two.world.run_until([&] { return !two.one->lost.empty(); }, frozen + 4s));
  EXPECT_EQ(two.one->lost, std::vector<PeerId>{other});
}

TEST(Network, AVanishedPeerIsDeclaredSilentAndMayComeBack) {
  Two two;
  two.connect();
  two.other_host.vanish();
  two.pass(100ms);
  two.other_host.restart();
  auto& reborn = two.other_host.start<Member>(two.other_host);
  // Its former life's link still stands on our side, and may be the one that would stay.
  const int question = reborn.ask(two.one->contact(), "echo", 1s);
  two.pass(1s);
  EXPECT_EQ(reborn.answer_to(question), "re: echo");
  EXPECT_EQ(two.one->lost, std::vector<PeerId>{two.other_host.id()});
  EXPECT_TRUE(two.one->network.connected(two.other_host.id()));
  two.pass(10s);
  EXPECT_EQ(two.one->lost.size(), 1u);
}

TEST(Network, QuietLinksStayUp) {
  Two two;
  two.connect();
  two.pass(60s);
  EXPECT_TRUE(two.one->lost.empty());
  EXPECT_TRUE(two.other->lost.empty());
  EXPECT_EQ(two.one->network.counters().links_opened, 1u);
}

// Both stand still while a ping is under way, as when a laptop with two peers is closed.
TEST(Network, APausedPeerSuspectsNobodyForItsOwnPause) {
  for (Duration moment = 0ms; moment < 1200ms; moment += 50ms) {
    Two two(1, {.latency_min = 100ms, .latency_max = 100ms});
    two.connect();
    two.pass(moment);
    two.host.freeze();
    two.other_host.freeze();
    two.pass(10s);
    two.host.thaw();
    two.pass(100ms);
    two.other_host.thaw();
    two.pass(10s);
    ASSERT_TRUE(two.one->lost.empty()) << moment.count();
    ASSERT_TRUE(two.other->lost.empty()) << moment.count();
  }
}

TEST(Network, MeasuresTheRoundTripSoonAfterTheGreeting) {
  Two two(1, {.latency_min = 40ms, .latency_max = 40ms});
  EXPECT_EQ(two.one->network.patience(two.other->network.id()), 1s);
  two.connect();
  const auto measured = two.one->network.round_trip(two.other->network.id());
  ASSERT_TRUE(measured);
  EXPECT_GE(*measured, 80ms);
  EXPECT_LT(*measured, 85ms);
  EXPECT_GE(two.one->network.patience(two.other->network.id()), 410ms);
  EXPECT_LT(two.one->network.patience(two.other->network.id()), 430ms);
}

TEST(Network, ClosesIdleLinksBeyondTheLimitButNoneThatIsInUse) {
  sim::World world(1);
  sim::Host& host = world.add_host();
  auto& hub = host.start<Member>(host);
  std::vector<Member*> members;
  for (int i = 0; i < 140; ++i) {
    sim::Host& other = world.add_host();
    members.push_back(&other.start<Member>(other));
    members.back()->ask(hub.contact(), i < 5 ? "never" : "echo", 60s);
    world.run_until(world.now() + 20ms);
  }
  world.run_until(world.now() + 15s);
  EXPECT_EQ(hub.network.connected_peers().size(), 128u);
  EXPECT_EQ(hub.ends, std::vector(12, LinkEnd::given_up));
  for (int i = 0; i < 140; ++i) {
    const bool closed = i >= 5 && i < 17;  // the first that came and had nothing under way
    EXPECT_EQ(members[i]->network.connected(hub.network.id()), !closed) << i;
    EXPECT_EQ(members[i]->ends, std::vector(closed ? 1 : 0, LinkEnd::given_up)) << i;
    EXPECT_EQ(members[i]->all_answered(), i >= 5) << i;
  }
  // Whoever was closed comes back by asking.
  const int question = members[6]->ask(hub.contact(), "echo", 1s);
  world.run_until(world.now() + 1s);
  EXPECT_EQ(members[6]->answer_to(question), "re: echo");
}

TEST(Network, WhoeverTakesLeaveIsHeardToTheEnd) {
  for (const bool takes_leave : {true, false}) {
    Two two(1, {.bytes_per_second = 1e7});
    two.connect();
    const PeerId other = two.other->network.id();
    for (int i = 0; i < 50; ++i) {
      two.one->network.tell(other, Protocol::match, Bytes(100'000), Priority::bulk);
    }
    if (takes_leave) two.one->leave(2s);
    const Time at_last = two.world.now() + (takes_leave ? 2s : 200ms);
    two.world.run_until([&] { return two.one->left.has_value(); }, at_last);
    two.host.crash();
    two.pass(1s);
    EXPECT_EQ(two.other->heard.size() == 50, takes_leave);
    EXPECT_EQ(two.other->ends, std::vector{takes_leave ? LinkEnd::given_up : LinkEnd::lost});
  }
}

// Dials each other, asks and leaves, all at the same time: whoever asked is told, nothing else.
TEST(Network, WhoeverIsDialledWhileItLeavesIsGivenUp) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Two two(seed, {.latency_min = 1ms, .latency_max = 9ms});
    const auto at = [&](std::function<void()> what) {
      const Duration delay = Duration(two.world.random().below(Duration(40ms).count()));
      two.world.at(two.world.now() + delay, std::move(what));
    };
    for (int i = 0; i < 8; ++i) {
      at([&] { two.one->ask(two.other->contact(), "echo", 3s); });
      at([&] { two.other->ask(two.one->contact(), "echo", 3s); });
    }
    at([&] { two.one->leave(2s); });
    two.pass(5s);
    ASSERT_TRUE(two.one->left.has_value()) << seed;
    ASSERT_TRUE(two.one->all_answered() && two.other->all_answered()) << seed;
  }
}

TEST(Network, WhoeverLeavesDialsNobody) {
  Two two;
  two.one->leave(1s);
  const int question = two.one->ask(two.other->contact(), "echo", 1s);
  two.pass(2s);
  EXPECT_NE(two.one->answer_to(question).find("is leaving"), std::string::npos);
  EXPECT_EQ(two.other->network.counters().links_opened, 0u);
}

TEST(Network, LeaveTakesAMomentAndDoesNotWaitForTheFrozen) {
  Two two;
  two.connect();
  two.other->ask(two.one->contact(), "never", 60s);
  two.pass(10ms);
  two.one->leave(1s);
  two.pass(50ms);
  EXPECT_EQ(two.one->left, true);
  EXPECT_EQ(two.other->answer_to(0), "");

  Two frozen;
  frozen.connect();
  frozen.other_host.freeze();
  frozen.one->leave(1s);
  frozen.pass(1s);
  EXPECT_EQ(frozen.one->left, false);
}

TEST(Network, DestroyingItLeavesWaitersAloneAndTellsTheOthers) {
  Two two;
  two.connect();
  two.one->ask(two.other->contact(), "never", 1s);
  two.other->ask(two.one->contact(), "never", 60s);
  two.pass(10ms);
  two.host.crash();
  two.pass(3s);
  EXPECT_EQ(two.other->outcomes.at(0).error().code(), ErrorCode::unreachable);
}

}  // namespace
}  // namespace moshpit
