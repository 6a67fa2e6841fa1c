// Whole peers look for groups in the simulated world: Network, links, loss, crashes and freezes as
// they come.
#include "match/matchmaking.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/hash.hpp"
#include "loop/task_group.hpp"
#include "match/assemble.hpp"
#include "match/early_questions.hpp"
#include "match/matchmaker.hpp"
#include "sim/world.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

const RunId run{sha256(as_bytes("a run"))};
const DirectoryKey key{sha256(as_bytes("a key"))};

Membership membership_of(bool outbound_only) {
  Membership membership;
  membership.run = run;
  membership.secret = to_bytes("a secret of 16 b");
  membership.outbound_only = outbound_only;
  return membership;
}

// What became of a search. It outlives the host's programs, so that a judge sees the crashed ones
// too.
struct Outcome {
  Duration took;
  std::optional<Group> group;
};

// A peer that does nothing but look for groups.
class Seeker {
 public:
  Seeker(sim::Host& host, bool outbound_only)
      : loop_(host.loop()),
        network(host.loop(), host.transport(), host.credentials(), membership_of(outbound_only)),
        matchmaking(network, run),
        tasks_(host.loop()) {
    matchmaking.when_declined(
        [this](const RoundId& round, const PeerId&) { declined.push_back(round); });
  }

  void search(const Search& wanted) { tasks_.spawn(do_search(wanted)); }
  void stop() { tasks_.cancel(); }

 private:
  Task<> do_search(Search wanted) {
    const Time began = loop_.now();
    auto group = co_await matchmaking.find_group(wanted);
    ended = Outcome{loop_.now() - began, std::move(group)};
  }

  Loop& loop_;

 public:
  Network network;
  Matchmaking matchmaking;
  std::optional<Outcome> ended;
  std::vector<RoundId> declined;

 private:
  TaskGroup tasks_;
};

// Peers that begin their searches at times of their own and are told of each other like by a
// directory: a newcomer learns of all who came before it, and they of it, each after a delay.
class Crowd {
 public:
  explicit Crowd(std::uint64_t seed, sim::NetworkModel model = {}) : world(seed, model) {}

  void add(Time begins, bool outbound_only = false) {
    sim::HostOptions options;
    options.outbound_only = outbound_only;
    sim::Host& host = world.add_host(options);
    const std::size_t index = peers_.size();
    peers_.emplace_back();
    peers_[index].host = &host;
    peers_[index].seeker = &host.start<Seeker>(host, outbound_only);
    peers_[index].begins = begins;
    world.at(begins, [this, index] { begin(index); });
  }

  // Requires: not crashed.
  Seeker& seeker(std::size_t i) { return *peers_[i].seeker; }
  sim::Host& host(std::size_t i) { return *peers_[i].host; }

  void crash(std::size_t i) {
    peers_[i].crashed = true;
    host(i).crash();
  }

  bool counts(std::size_t i) { return !peers_[i].crashed && host(i).running(); }
  bool all_ended() {
    for (std::size_t i = 0; i < peers_.size(); ++i) {
      if (counts(i) && !seeker(i).ended) return false;
    }
    return true;
  }
  bool run_until_ended() {
    return world.run_until([this] { return all_ended(); }, Time{} + 60s);
  }

  // Nobody in two groups, no group too large, everybody back in time.
  void judge() {
    for (std::size_t i = 0; i < peers_.size(); ++i) {
      if (!counts(i)) continue;
      ASSERT_TRUE(seeker(i).ended) << "peer " << i << ": " << seeker(i).matchmaking.explain();
      EXPECT_LE(seeker(i).ended->took, search.patience + Matchmaker::overtime);
      const auto& group = seeker(i).ended->group;
      if (!group) continue;
      EXPECT_GE(group->size(), 2u);
      EXPECT_LE(group->size(), search.group_size);
      EXPECT_EQ(group->members[group->self].id, host(i).id());
      EXPECT_LT(group->digits[group->self], search.group_size);
    }
    judge_membership();
  }

  // Two peers with the same round hold the same group, and a peer that does not hold it has
  // declined or was lost.
  void judge_membership() {
    std::map<RoundId, const Group*> groups;
    for (std::size_t i = 0; i < peers_.size(); ++i) {
      if (!counts(i) || !seeker(i).ended->group) continue;
      const Group& group = *seeker(i).ended->group;
      const Group& first = *groups.emplace(group.id, &group).first->second;
      EXPECT_EQ(group.members, first.members);
      EXPECT_EQ(group.digits, first.digits);
    }
  }

  // How many live peers are in groups of each size; 0: alone.
  std::map<std::size_t, std::size_t> sizes() {
    std::map<std::size_t, std::size_t> count;
    for (std::size_t i = 0; i < peers_.size(); ++i) {
      if (!counts(i)) continue;
      const auto& group = seeker(i).ended->group;
      ++count[group ? group->size() : 0];
    }
    return count;
  }

  Time last_end() {
    Time last{};
    for (std::size_t i = 0; i < peers_.size(); ++i) {
      if (counts(i)) last = std::max(last, peers_[i].begins + seeker(i).ended->took);
    }
    return last;
  }

  sim::World world;
  Search search{key, RoundTime{1, 0}, 4, 2s};
  Duration directory_delay = 20ms;  // until a push of the directory arrives
  bool directory_speaks = true;

 private:
  struct Member {
    sim::Host* host = nullptr;
    Seeker* seeker = nullptr;
    Time begins{};
    bool begun = false;
    Contact record;  // in the directory, where it outlives the peer
    bool crashed = false;
  };

  void begin(std::size_t index) {
    if (!counts(index)) return;
    peers_[index].begun = true;
    peers_[index].record = seeker(index).network.self();
    seeker(index).search(search);
    for (std::size_t other = 0; other < peers_.size(); ++other) {
      if (other == index || !peers_[other].begun || !directory_speaks) continue;
      suggest_later(index, other, 2ms);
      suggest_later(other, index, directory_delay);
    }
  }

  void suggest_later(std::size_t to, std::size_t of, Duration delay) {
    const Contact contact = peers_[of].record;
    world.at(world.now() + delay, [this, to, contact] {
      if (counts(to)) seeker(to).matchmaking.suggest(key, contact);
    });
  }

  std::vector<Member> peers_;
};

Task<> connect(Network& network, Contact to) {
  const Time deadline = network.loop().now() + 1s;
  const auto connected = co_await network.connect(to, deadline);
  EXPECT_TRUE(connected);
}

TEST(Matchmaking, FullGroupStandsAFewRoundTripsAfterItsLastMemberCame) {
  Duration worst{0};
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Crowd crowd(seed);
    const Duration last = 50ms * (seed % 4);
    for (const Duration begins : {0ms, 7ms, 30ms}) crowd.add(Time{} + begins);
    crowd.add(Time{} + last);
    ASSERT_TRUE(crowd.run_until_ended());
    crowd.judge();
    EXPECT_EQ(crowd.sizes()[4], 4u) << "seed " << seed;
    worst = std::max(worst, crowd.last_end() - (Time{} + std::max<Duration>(last, 30ms)));
  }
  std::printf(
      "worst of 50: %.0f ms after the last came, at 2 to 10 ms a round trip, dials included\n",
      1e3 * seconds(worst));
  EXPECT_LE(worst, 100ms);
}

TEST(Matchmaking, AllAtOnce) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Crowd crowd(seed);
    for (int i = 0; i < 4; ++i) crowd.add(Time{});
    ASSERT_TRUE(crowd.run_until_ended());
    crowd.judge();
    EXPECT_EQ(crowd.sizes()[4], 4u) << "seed " << seed;
  }
}

TEST(Matchmaking, TenPeersWithOneKeyFormGroupsOfFour) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    Crowd crowd(seed);
    for (int i = 0; i < 10; ++i) crowd.add(Time{} + 3ms * i);
    ASSERT_TRUE(crowd.run_until_ended());
    crowd.judge();
    EXPECT_EQ(crowd.sizes()[4], 8u) << "seed " << seed;
    EXPECT_EQ(crowd.sizes()[2], 2u) << "seed " << seed;
  }
}

TEST(Matchmaking, OutboundOnlyPeersAreLedByTheOneThatCanBeDialled) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Crowd crowd(seed);
    for (int i = 0; i < 4; ++i) crowd.add(Time{} + 10ms * i, i != static_cast<int>(seed % 4));
    ASSERT_TRUE(crowd.run_until_ended());
    crowd.judge();
    EXPECT_EQ(crowd.sizes()[4], 4u) << "seed " << seed;
  }
}

// One of four falls at some moment of the search; what remains finds itself.
TEST(Matchmaking, OneOfFourIsLost) {
  std::size_t lonely = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Crowd crowd(seed);
    for (int i = 0; i < 4; ++i) crowd.add(Time{} + 15ms * i);
    const std::size_t victim = seed % 4;
    crowd.world.at(Time{} + 1ms * (seed * 7 % 120), [&crowd, victim, seed] {
      seed % 8 < 4 ? crowd.crash(victim) : crowd.host(victim).freeze();
    });
    ASSERT_TRUE(crowd.run_until_ended()) << "seed " << seed;
    crowd.judge();
    EXPECT_LE(crowd.sizes()[0], 1u) << "seed " << seed;
    lonely += crowd.sizes()[0];
  }
  std::printf("lonely after the loss of one of four: %zu of 300\n", lonely);
  EXPECT_LE(lonely, 15u);
}

TEST(Matchmaking, HostileSeedsLeaveNobodyStuck) {
  std::size_t lonely = 0;
  std::size_t searches = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    sim::NetworkModel model;
    model.loss = .05;
    Crowd crowd(seed, model);
    Random random(seed);
    const std::size_t peers = 3 + random.below(6);
    for (std::size_t i = 0; i < peers; ++i) crowd.add(Time{} + from_seconds(random.unit() * .5));
    for (int fault = 0; fault < 2; ++fault) {
      const std::size_t victim = random.below(peers);
      const bool crash = random.chance(.5);
      crowd.world.at(Time{} + from_seconds(random.unit()), [&crowd, victim, crash] {
        if (!crowd.counts(victim)) return;
        crash ? crowd.crash(victim) : crowd.host(victim).freeze();
      });
    }
    ASSERT_TRUE(crowd.run_until_ended());
    crowd.judge();
    lonely += crowd.sizes()[0];
    searches += peers;
  }
  std::printf("200 hostile seeds: %zu of %zu searches ended alone\n", lonely, searches);
  EXPECT_LE(lonely, searches / 5);
}

TEST(Matchmaking, SameSeedGivesTheSameTrace) {
  const auto trace = [] {
    sim::NetworkModel model;
    model.loss = .05;
    Crowd crowd(7, model);
    for (int i = 0; i < 6; ++i) crowd.add(Time{} + 10ms * i);
    crowd.run_until_ended();
    return crowd.world.trace();
  };
  EXPECT_EQ(trace(), trace());
}

// The asked peer is in another round still: it says when it comes, and is not asked again and
// again.
TEST(Matchmaking, WhoComesLaterHailsThoseWhoAskedEarly) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    Crowd crowd(seed);
    crowd.search.group_size = 2;
    crowd.directory_speaks = false;
    crowd.add(Time{});
    crowd.add(Time{} + 300ms);
    crowd.world.at(Time{} + 1ms, [&] {
      crowd.seeker(0).matchmaking.suggest(key, crowd.seeker(1).network.self());
    });
    ASSERT_TRUE(crowd.run_until_ended());
    crowd.judge();
    EXPECT_EQ(crowd.sizes()[2], 2u) << "seed " << seed;
    EXPECT_LE(crowd.last_end(), Time{} + 400ms);
  }
}

TEST(Matchmaking, ClockOfTheRunSpreadsWithQuestionsAndAnswers) {
  Crowd crowd(1);
  for (int i = 0; i < 3; ++i) crowd.add(Time{} + 1h);
  const auto ask = [&crowd](std::size_t asker, std::size_t asked, std::uint64_t step) {
    Search search = crowd.search;
    search.time.step = step;
    search.key = DirectoryKey{Hasher().add(step).digest()};
    crowd.seeker(asker).search(search);
    crowd.world.run_until(crowd.world.now() + 1ms);
    const Contact contact = crowd.seeker(asked).network.self();
    crowd.seeker(asker).matchmaking.suggest(search.key, contact);
    crowd.world.run_until(crowd.world.now() + 400ms);
  };
  ask(0, 1, 9);
  EXPECT_EQ(crowd.seeker(1).matchmaking.newest_step_seen(), 9u) << "in a question";
  ask(2, 1, 3);
  EXPECT_EQ(crowd.seeker(2).matchmaking.newest_step_seen(), 9u) << "in an answer";
  EXPECT_EQ(crowd.seeker(0).matchmaking.newest_step_seen(), 9u) << "its own";
}

TEST(Matchmaking, StepThatNoRunCanHaveComeToIsNotBelieved) {
  Crowd crowd(1);
  for (int i = 0; i < 2; ++i) crowd.add(Time{} + 1h);
  const auto hear = [&](std::uint64_t step) {
    const PeerId other = crowd.seeker(1).network.id();
    crowd.seeker(0).matchmaking.hear(other, encode(StepBegun{step}));
    return crowd.seeker(0).matchmaking.newest_step_seen();
  };
  EXPECT_EQ(hear(7), 7u);
  EXPECT_EQ(hear(std::uint64_t{1} << 60), 7u);
  crowd.seeker(0).matchmaking.learn_clock(5'000'000);
  EXPECT_EQ(hear(5'000'001), 5'000'001u);
}

TEST(Matchmaking, WaitsForANewerStep) {
  Crowd crowd(1);
  crowd.add(Time{} + 1h);
  crowd.add(Time{} + 1h);
  Loop& loop = crowd.host(0).loop();
  TaskGroup tasks(loop);
  tasks.spawn(crowd.seeker(0).matchmaking.await_newer_step(4, loop.now() + 10s));
  tasks.spawn(crowd.seeker(0).matchmaking.await_newer_step(5, loop.now() + 10s));
  Search search = crowd.search;
  search.time.step = 5;
  crowd.seeker(1).search(search);
  crowd.world.run_until(Time{} + 1ms);
  EXPECT_EQ(tasks.running(), 2u);
  crowd.seeker(1).matchmaking.suggest(key, crowd.seeker(0).network.self());
  crowd.world.run_until(Time{} + 1s);
  EXPECT_EQ(tasks.running(), 1u) << "step 5 is newer than 4 and not newer than 5";
  crowd.world.run_until(Time{} + 11s);
  EXPECT_EQ(tasks.running(), 0u);
}

// A peer that gets a group which it does not wait for tells so; what is no group is not worth an
// answer.
TEST(Matchmaking, GroupThatIsNotAwaitedIsDeclined) {
  Crowd crowd(1);
  crowd.add(Time{} + 1h);
  crowd.add(Time{} + 1h);
  Network& leader = crowd.seeker(0).network;
  const Contact other = crowd.seeker(1).network.self();
  TaskGroup tasks(crowd.host(0).loop());
  tasks.spawn(connect(leader, other));
  crowd.world.run_until(Time{} + 1s);
  const Members members{{leader.self(), 0}, {other, 0}};
  Assembled assembled = assemble(crowd.search, run, leader.id(), members, 1);
  const auto send = [&] {
    leader.tell(other.id, Protocol::match, encode(MatchNote(assembled)), Priority::control);
    crowd.world.run_until(crowd.world.now() + 1s);
  };
  send();
  EXPECT_EQ(crowd.seeker(0).declined, std::vector{assembled.group.id});
  std::swap(assembled.group.members[0], assembled.group.members[1]);
  send();
  EXPECT_EQ(crowd.seeker(0).declined.size(), 1u) << "its id is not that of these members";
  EXPECT_FALSE(crowd.seeker(1).ended);
}

// One of too many links is no reason to do anything; of a lost one, the others are told.
TEST(Matchmaking, ALinkThatIsGivenUpIsNoLossAndALostOneIs) {
  const auto trace_with = [](std::optional<LinkEnd> end) {
    Crowd crowd(1);
    for (int i = 0; i < 3; ++i) crowd.add(Time{});
    crowd.world.at(Time{} + 500ms, [&] {
      for (std::size_t i = 0; i < 3 && end; ++i) {
        crowd.seeker(i).matchmaking.disconnected(crowd.host((i + 1) % 3).id(), *end);
      }
    });
    EXPECT_TRUE(crowd.run_until_ended());
    return crowd.world.trace();
  };
  EXPECT_EQ(trace_with(LinkEnd::given_up), trace_with(std::nullopt));
  EXPECT_NE(trace_with(LinkEnd::lost), trace_with(std::nullopt));
}

// A search whose task is destroyed takes leave: its followers do not wait for it.
TEST(Matchmaking, DestroyedSearchLetsTheOthersGo) {
  for (std::size_t quitter = 0; quitter < 3; ++quitter) {
    Crowd crowd(3);
    crowd.search.patience = 3s;
    for (int i = 0; i < 3; ++i) crowd.add(Time{});
    crowd.world.at(Time{} + 200ms, [&] {
      crowd.seeker(quitter).stop();
      crowd.seeker(quitter).ended = Outcome{200ms, std::nullopt};
    });
    ASSERT_TRUE(crowd.run_until_ended());
    crowd.judge();
    EXPECT_EQ(crowd.sizes()[2], 2u);
    EXPECT_LE(crowd.last_end(), Time{} + 4s);
  }
}

TEST(EarlyQuestions, AreKeptForAWhileAndInBounds) {
  EarlyQuestions early;
  const auto contact = [](std::uint64_t number) {
    return Contact{PeerId{Hasher().add(number).digest()}, {}};
  };
  early.remember(Time{}, key, contact(1));
  early.remember(Time{} + 1s, key, contact(2));
  early.remember(Time{} + 2s, key, contact(1));
  early.remember(Time{} + 2s, DirectoryKey{}, contact(3));
  EXPECT_EQ(early.take(Time{} + 3s, key), (std::vector{contact(2), contact(1)}));
  EXPECT_TRUE(early.take(Time{} + 3s, key).empty());
  EXPECT_TRUE(early.take(Time{} + 1min, DirectoryKey{}).empty());
  for (std::uint64_t i = 0; i < 2'000; ++i) early.remember(Time{}, key, contact(i));
  EXPECT_LT(early.size(), 1000u);
}

}  // namespace
}  // namespace moshpit
