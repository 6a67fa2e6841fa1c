// What the simulated world does when things fail: crashes, freezes, cuts, dials into nowhere, and
// all of them at once.
#include <gtest/gtest.h>
#include <string>

#include "sim/test_programs.hpp"
#include "sim/world.hpp"

namespace moshpit::sim {
namespace {

using namespace std::chrono_literals;

TEST(Fault, TheOthersSeeACrashAfterTheLatency) {
  Pair pair(1, plain);
  pair.send("last words");
  pair.one.crash();
  EXPECT_FALSE(pair.one.running());
  const Time crash = pair.world.now();
  EXPECT_TRUE(pair.world.run_until([&] { return pair.listener->ended == 1; }, crash + 1s));
  EXPECT_EQ(pair.world.now() - crash, 10ms + 10us);
  EXPECT_EQ(pair.listener->heard, std::vector<std::string>{"last words"});
}

TEST(Fault, ACrashLosesWhatTheSystemHadNotTaken) {
  Pair pair(1, plain);
  for (int i = 0; i < 50; ++i) pair.send(std::string(10'000, 'x'));
  pair.one.crash();
  pair.pass(5s);
  EXPECT_EQ(pair.listener->heard.size(), 7u);
}

TEST(Fault, ARestartedHostIsTheSamePeerWithAnotherClock) {
  Pair pair;
  const PeerId id = pair.other.id();
  const Address address = pair.other.address();
  pair.other.crash();
  pair.pass(1s);
  EXPECT_TRUE(pair.dialler->ended);
  const Time before = pair.other.loop().now();
  pair.other.restart();
  EXPECT_TRUE(pair.other.running());
  EXPECT_EQ(pair.other.id(), id);
  EXPECT_EQ(pair.other.address(), address);
  EXPECT_GT(std::chrono::abs(pair.other.loop().now() - before), 1min);
  auto& listener = pair.other.start<Listener>(pair.other);
  auto& dialler = pair.one.start<Dialler>(pair.one, address, id, 1s);
  pair.pass(1s);
  ASSERT_TRUE(dialler.link);
  dialler.link->send(to_bytes("welcome back"), Priority::control);
  pair.pass(1s);
  EXPECT_EQ(listener.heard, std::vector<std::string>{"welcome back"});
}

TEST(Fault, AFrozenHostHearsEverythingWhenItThaws) {
  Pair pair;
  pair.other.freeze();
  EXPECT_FALSE(pair.other.running());
  pair.send("one");
  pair.send("two");
  pair.pass(5s);
  EXPECT_TRUE(pair.listener->heard.empty());
  EXPECT_FALSE(pair.dialler->ended);
  pair.other.thaw();
  pair.pass(1us);
  EXPECT_EQ(pair.listener->heard, (std::vector<std::string>{"one", "two"}));
}

TEST(Fault, AFrozenHostsTimersAreDueWhenItThaws) {
  World world(1);
  Host& host = world.add_host();
  auto& ticker = host.start<Ticker>(host);
  world.run_until(Time{} + 2500ms);
  EXPECT_EQ(ticker.ticks.size(), 2u);
  host.freeze();
  world.run_until(Time{} + 5500ms);
  EXPECT_EQ(ticker.ticks.size(), 2u);
  world.at(world.now(), [&] { host.thaw(); });
  world.run_until(Time{} + 6500ms);
  ASSERT_EQ(ticker.ticks.size(), 6u);
  // Three at once, late, and the next one in time.
  EXPECT_EQ(ticker.ticks[4] - ticker.ticks[2], 0s);
  EXPECT_EQ(ticker.ticks[5] - ticker.ticks[4], 500ms);
}

// Thaws another host after a while.
class Sunshine {
 public:
  Sunshine(Host& host, Host& other) : loop_(host.loop()), other_(other), tasks_(loop_) {
    tasks_.spawn(shine());
  }

 private:
  Task<> shine() {
    co_await loop_.sleep_for(3500ms);
    other_.thaw();
  }

  Loop& loop_;
  Host& other_;
  TaskGroup tasks_;
};

TEST(Fault, AHostMayBeThawedByTheProgramOfAnother) {
  World world(1);
  Host& host = world.add_host();
  Host& other = world.add_host();
  auto& ticker = host.start<Ticker>(host);
  world.run_until(Time{});
  host.freeze();
  other.start<Sunshine>(other, host);
  world.run_until(Time{} + 3600ms);
  EXPECT_EQ(ticker.ticks.size(), 3u);
}

TEST(Fault, AFrozenReceiverStopsTheSenderButNotAtOnce) {
  Pair pair;
  pair.other.freeze();
  for (int i = 0; i < 100; ++i) pair.send(std::string(50'000, 'x'));
  pair.dialler->await_drained(0, 5s);
  pair.pass(10s);
  EXPECT_FALSE(pair.dialler->drained.value());
  EXPECT_GT(pair.dialler->link->backlog(), 3'000'000u);
  EXPECT_LT(pair.dialler->link->backlog(), 4'750'000u);
  pair.other.thaw();
  pair.pass(5s);
  EXPECT_EQ(pair.listener->bytes, 5'000'000u);
  EXPECT_EQ(pair.dialler->link->backlog(), 0u);
}

TEST(Fault, AFrozenSendersSystemStillSendsWhatItHas) {
  Pair pair(1, plain);
  for (int i = 0; i < 20; ++i) pair.send(std::string(10'000, 'x'));
  pair.one.freeze();
  pair.pass(5s);
  EXPECT_EQ(pair.listener->heard.size(), 7u);
  pair.one.thaw();
  pair.pass(5s);
  EXPECT_EQ(pair.listener->heard.size(), 20u);
}

TEST(Fault, AFrozenHostCanCrash) {
  Pair pair;
  pair.one.freeze();
  pair.pass(1s);
  pair.one.crash();
  pair.one.thaw();
  EXPECT_FALSE(pair.one.running());
  pair.pass(1s);
  EXPECT_EQ(pair.listener->ended, 1u);
}

TEST(Fault, NobodyIsToldOfAVanishedHost) {
  Pair pair;
  pair.one.vanish();
  pair.listener->links[0]->send(to_bytes("are you there?"), Priority::control);
  pair.pass(60s);
  EXPECT_EQ(pair.listener->ended, 0u);
  pair.one.restart();
  pair.pass(1s);
  EXPECT_EQ(pair.listener->ended, 1u) << "its system does not know the link any more and says so";
}

TEST(Fault, WhatHadNotLeftAVanishedHostIsLost) {
  Pair pair(1, plain);
  for (int i = 0; i < 7; ++i) pair.send(std::string(10'000, 'x'));
  pair.pass(35ms);
  pair.one.vanish();
  pair.pass(5s);
  EXPECT_EQ(pair.listener->heard.size(), 3u);
  EXPECT_EQ(pair.listener->ended, 0u);
}

TEST(Fault, AHostThatIsRestartedAnewIsAnotherPeerAtTheSameAddress) {
  Pair pair;
  const PeerId id = pair.other.id();
  pair.other.crash();
  pair.pass(1s);
  pair.other.restart_anew();
  EXPECT_NE(pair.other.id(), id);
  pair.other.start<Listener>(pair.other);
  const Address address = pair.other.address();
  auto& old_friend = pair.one.start<Dialler>(pair.one, address, id, 1s);
  auto& newcomer = pair.one.start<Dialler>(pair.one, address, pair.other.id(), 1s);
  pair.pass(2s);
  EXPECT_EQ(old_friend.error, ErrorCode::refused);
  ASSERT_TRUE(newcomer.link);
  EXPECT_EQ(newcomer.link->peer(), pair.other.id());
}

struct DialOutcome {
  std::optional<ErrorCode> error;
  Duration after{0};
  bool operator==(const DialOutcome&) const = default;
};

DialOutcome dial(World& world, Host& from, Address to, std::optional<PeerId> expected) {
  const Time start = world.now();
  auto& dialler = from.start<Dialler>(from, to, expected, 3s);
  world.run_until([&] { return dialler.done; }, start + 10s);
  return {dialler.error, world.now() - start};
}

TEST(Fault, DialsThatFailSayWhyAndWhen) {
  World world(1, plain);
  Host& one = world.add_host();
  Host& other = world.add_host();
  const Address address = other.address();
  const DialOutcome turned_away{ErrorCode::unreachable, 20ms};
  const DialOutcome no_answer{ErrorCode::unreachable, 3s};
  EXPECT_EQ(dial(world, one, address, other.id()), turned_away) << "nobody listens";
  other.start<Listener>(other);
  EXPECT_EQ(dial(world, one, address, other.id()), (DialOutcome{std::nullopt, 40ms}));
  EXPECT_EQ(dial(world, one, address, one.id()), (DialOutcome{ErrorCode::refused, 40ms}));
  EXPECT_EQ(dial(world, one, {"10.9.9.9", 4000}, other.id()), turned_away) << "no such host";
  EXPECT_EQ(dial(world, one, {address.host, 1}, other.id()), turned_away) << "no such port";
  world.cut(one, other);
  EXPECT_EQ(dial(world, one, address, other.id()), no_answer) << "cut off";
  world.heal();
  other.freeze();
  EXPECT_EQ(dial(world, one, address, other.id()), no_answer) << "frozen";
  other.thaw();
  other.crash();
  EXPECT_EQ(dial(world, one, address, other.id()), turned_away) << "crashed";
  other.restart();
  other.start<Listener>(other);
  other.vanish();
  EXPECT_EQ(dial(world, one, address, other.id()), no_answer) << "vanished";
}

TEST(Fault, WhoDialledAFrozenHostHearsThatItHasCrashed) {
  Pair pair(1, plain);
  pair.other.freeze();
  const Address address = pair.other.address();
  auto& dialler = pair.one.start<Dialler>(pair.one, address, pair.other.id(), 10s);
  pair.pass(1s);
  EXPECT_FALSE(dialler.done);
  pair.other.crash();
  pair.pass(15ms);
  EXPECT_EQ(dialler.error, ErrorCode::unreachable);
}

TEST(Fault, ARefusedDialIsNeverAccepted) {
  Pair pair;
  dial(pair.world, pair.one, pair.other.address(), pair.one.id());
  pair.pass(1s);
  EXPECT_EQ(pair.listener->links.size(), 1u);
}

TEST(Fault, ADialThatARestartInterruptsEnds) {
  World world(1, plain);
  Host& one = world.add_host();
  Host& other = world.add_host();
  other.start<Listener>(other);
  auto& dialler = one.start<Dialler>(one, other.address(), other.id(), 1s);
  world.run_until(Time{} + 45ms);
  EXPECT_TRUE(dialler.link);
  other.crash();
  other.restart();
  auto& listener = other.start<Listener>(other);
  world.run_until(Time{} + 1s);
  EXPECT_TRUE(dialler.ended);
  EXPECT_TRUE(listener.links.empty());
}

TEST(Fault, AnOutboundOnlyHostDialsAndIsNotDialled) {
  World world(1, plain);
  Host& one = world.add_host();
  Host& hidden = world.add_host({.outbound_only = true});
  one.start<Listener>(one);
  hidden.start<Listener>(hidden);
  EXPECT_TRUE(hidden.transport().addresses().empty());
  EXPECT_EQ(one.transport().addresses(), std::vector<Address>{one.address()});
  EXPECT_EQ(dial(world, hidden, one.address(), one.id()).error, std::nullopt);
  EXPECT_EQ(dial(world, one, hidden.address(), hidden.id()).error, ErrorCode::unreachable);
}

TEST(Fault, TheLinkOfAnOutboundOnlyHostWorksBothWays) {
  World world(1, plain);
  Host& one = world.add_host();
  Host& hidden = world.add_host({.outbound_only = true});
  Host& also_hidden = world.add_host({.outbound_only = true});
  also_hidden.start<Listener>(also_hidden);
  auto& listener = one.start<Listener>(one);
  auto& dialler = hidden.start<Dialler>(hidden, one.address(), one.id(), 1s);
  world.run_until(Time{} + 1s);
  ASSERT_TRUE(dialler.link);
  dialler.link->send(to_bytes("from behind the wall"), Priority::bulk);
  listener.links.at(0)->send(to_bytes("and back"), Priority::bulk);
  world.run_until(Time{} + 2s);
  EXPECT_EQ(listener.heard, std::vector<std::string>{"from behind the wall"});
  EXPECT_EQ(dialler.heard, std::vector<std::string>{"and back"});
  EXPECT_EQ(listener.links.at(0)->peer(), hidden.id());
  EXPECT_EQ(dial(world, hidden, also_hidden.address(), std::nullopt).error, ErrorCode::unreachable);
}

TEST(Fault, LinksAndTheWorldMayEndInAnyOrder) {
  std::unique_ptr<Link> dialled;
  std::unique_ptr<Link> accepted;
  {
    Pair pair;
    pair.send("on its way");
    dialled = std::move(pair.dialler->link);
    accepted = std::move(pair.listener->links[0]);
    pair.one.start<Dialler>(pair.one, pair.other.address(), std::nullopt, 1s);
    pair.one.start<Dialler>(pair.one, pair.one.address(), std::nullopt, 1s);
    pair.pass(3ms);
  }
  dialled->send(to_bytes("to nobody"), Priority::bulk);
  EXPECT_EQ(dialled->backlog(), 0u);
  EXPECT_FALSE(accepted->remote().empty());
}

// Dials another host again and again, sends numbers, listens, and checks that the numbers of each
// link come without a gap.
class Chatterbox {
 public:
  Chatterbox(World& world, Host& host)
      : world_(world), loop_(host.loop()), transport_(host.transport()), tasks_(loop_) {
    tasks_.spawn(listen());
    tasks_.spawn(talk());
  }

  static inline std::uint64_t heard = 0;

 private:
  Task<> listen() {
    while (true) {
      auto link = co_await transport_.accept();
      tasks_.spawn(read(std::move(link)));
    }
  }

  Task<> read(std::unique_ptr<Link> link) {
    for (std::uint64_t next = 0;; ++next) {
      auto frame = co_await link->receive();
      if (!frame) break;
      EXPECT_EQ(read_little_endian<std::uint64_t>(*frame), next);
      ++heard;
    }
  }

  Task<> talk() {
    while (true) {
      const auto chosen = static_cast<std::size_t>(loop_.random().below(world_.size()));
      const Address to = world_.host(chosen).address();
      const Time deadline = loop_.now() + 200ms;
      auto result = co_await transport_.dial(to, std::nullopt, deadline);
      if (!result) continue;
      std::unique_ptr<Link> link = std::move(*result);
      co_await say(*link);
    }
  }

  Task<> say(Link& link) {
    const std::uint64_t count = loop_.random().below(50);
    for (std::uint64_t i = 0; i < count; ++i) {
      Bytes frame;
      append_little_endian(frame, i);
      frame.resize(8 + static_cast<std::size_t>(loop_.random().below(20'000)));
      link.send(std::move(frame), Priority::bulk);
      const Time deadline = loop_.now() + 100ms;
      auto drained = co_await link.drained(0, deadline);
      if (!drained) co_return;
    }
  }

  World& world_;
  Loop& loop_;
  Transport& transport_;
  TaskGroup tasks_;
};

void disturb(World& world, Random& random) {
  Host& host = world.host(static_cast<std::size_t>(random.below(world.size())));
  Host& other = world.host(static_cast<std::size_t>(random.below(world.size())));
  const std::uint64_t fault = random.below(10);
  if (fault == 0) host.crash();
  if (fault == 1) host.vanish();
  if (fault == 2) host.freeze();
  if (fault == 3) host.thaw();
  if (fault == 4) world.cut(host, other);
  if (fault == 5) world.heal();
  if (fault == 6) world.cut_one_way(host, other);
  if (fault == 7) world.clog(host, 1 + static_cast<std::uint32_t>(random.below(20)));
  if (fault == 8) world.clog(host, other, 1 + static_cast<std::uint32_t>(random.below(20)));
  if (fault == 9) host.set_clock_rate(0.95 + 0.1 * random.unit());
  if (fault >= 2 || random.chance(0.5)) return;
  if (fault == 0) host.restart();
  if (fault == 1) host.restart_anew();
  host.start<Chatterbox>(world, host);
}

std::uint64_t trace_of_chaos(std::uint64_t seed) {
  World world(seed, {.jitter_mean = 2ms, .loss = 0.01, .bytes_per_second = 1e6});
  for (int i = 0; i < 6; ++i) {
    Host& host = world.add_host({.outbound_only = i == 0, .bytes_per_second_up = 2e5 * (i + 1)});
    host.start<Chatterbox>(world, host);
  }
  for (int i = 0; i < 100; ++i) {
    world.at(Time{} + i * 37ms, [&world] { disturb(world, world.random()); });
  }
  world.run_until(Time{} + 4s);
  return world.trace();
}

TEST(Fault, EverythingAtOnceIsSurvivedAndReproducible) {
  Chatterbox::heard = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    EXPECT_EQ(trace_of_chaos(seed), trace_of_chaos(seed)) << "seed " << seed;
  }
  EXPECT_GT(Chatterbox::heard, 10'000u);
}

}  // namespace
}  // namespace moshpit::sim
