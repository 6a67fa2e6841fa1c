// What does not kill hosts: cuts, splits and clogs of the network, clocks that run wrong, slow
// devices.
#include <gtest/gtest.h>
#include <string>

#include "sim/test_programs.hpp"
#include "sim/world.hpp"

namespace moshpit::sim {
namespace {

using namespace std::chrono_literals;

TEST(Disturbance, ACutStallsALinkUntilItHeals) {
  Pair pair;
  Host& third = pair.world.add_host();
  auto& neighbour = third.start<Dialler>(third, pair.other.address(), pair.other.id(), 1s);
  pair.pass(1s);
  pair.world.cut(pair.other, pair.one);
  pair.send("hello");
  pair.listener->links[0]->send(to_bytes("and hello"), Priority::bulk);
  neighbour.link->send(to_bytes("not cut off"), Priority::bulk);
  pair.pass(60s);
  EXPECT_EQ(pair.listener->heard, std::vector<std::string>{"not cut off"});
  EXPECT_FALSE(pair.dialler->ended);
  pair.world.heal();
  pair.pass(500us);
  EXPECT_EQ(pair.listener->heard.size(), 1u);
  pair.pass(5ms);
  EXPECT_EQ(pair.listener->heard.back(), "hello");
  EXPECT_EQ(pair.dialler->heard, std::vector<std::string>{"and hello"});
}

TEST(Disturbance, AOneWayCutStopsOneDirection) {
  Pair pair(1, plain);
  pair.world.cut_one_way(pair.one, pair.other);
  pair.send("hello");
  pair.listener->links[0]->send(to_bytes("and hello"), Priority::bulk);
  pair.pass(60s);
  EXPECT_TRUE(pair.listener->heard.empty());
  EXPECT_EQ(pair.dialler->heard, std::vector<std::string>{"and hello"});
  pair.world.heal();
  pair.pass(20ms);
  EXPECT_EQ(pair.listener->heard, std::vector<std::string>{"hello"});
}

TEST(Disturbance, WhoseAcknowledgementsAreCutSendsNoMoreThanAWindow) {
  Pair pair(1, plain);
  pair.world.cut_one_way(pair.other, pair.one);
  for (int i = 0; i < 100; ++i) pair.send(std::string(10'000, 'x'));
  pair.pass(10s);
  EXPECT_GE(pair.listener->bytes, 260'000u);
  EXPECT_LE(pair.listener->bytes, 300'000u);
  pair.world.heal();
  pair.pass(2s);
  EXPECT_EQ(pair.listener->bytes, 1'000'000u);
}

TEST(Disturbance, ASplitMayLeaveSomebodyWhoReachesBothSides) {
  World world(1, plain);
  std::vector<Host*> hosts;
  std::vector<Listener*> listeners;
  for (int i = 0; i < 3; ++i) {
    hosts.push_back(&world.add_host());
    listeners.push_back(&hosts.back()->start<Listener>(*hosts.back()));
  }
  const auto reaches = [&](int from, int to) {
    Host& host = *hosts[from];
    auto& dialler = host.start<Dialler>(host, hosts[to]->address(), std::nullopt, 1s);
    world.run_until(world.now() + 2s);
    return dialler.link != nullptr;
  };
  world.split({hosts[0]}, {hosts[1]});
  EXPECT_FALSE(reaches(0, 1));
  EXPECT_FALSE(reaches(1, 0));
  EXPECT_TRUE(reaches(0, 2));
  EXPECT_TRUE(reaches(2, 1));
  world.heal();
  EXPECT_TRUE(reaches(0, 1));
}

// How long a frame of 50,000 bytes takes: 50 ms on the wire and 10 ms of latency.
Duration takes(Pair& pair) {
  const Time sent = pair.world.now();
  const std::size_t before = pair.listener->bytes;
  pair.send(std::string(50'000, 'x'));
  pair.world.run_until([&] { return pair.listener->bytes > before; }, sent + 60s);
  return pair.world.now() - sent;
}

TEST(Disturbance, AClogSlowsLatencyAndWiresUntilItHeals) {
  Pair pair(1, plain);
  EXPECT_EQ(takes(pair), 60ms);
  pair.world.clog(pair.one, 10);
  EXPECT_EQ(takes(pair), 600ms) << "the sender's";
  pair.world.heal();
  pair.world.clog(pair.other, 10);
  // The wire of the receiver begins with the first byte.
  EXPECT_EQ(takes(pair), 600ms) << "the receiver's";
  pair.world.heal();
  pair.world.clog(pair.one, pair.other, 10);
  EXPECT_EQ(takes(pair), 600ms) << "the pair's";
  Host& third = pair.world.add_host();
  pair.world.clog(third, 10);
  pair.world.heal();
  EXPECT_EQ(takes(pair), 60ms);
}

TEST(Disturbance, AClogBetweenTwoIsNoneForOthers) {
  Pair pair(1, plain);
  pair.world.clog(pair.one, pair.other, 10);
  Host& third = pair.world.add_host();
  auto& listener = third.start<Listener>(third);
  auto& dialler = pair.one.start<Dialler>(pair.one, third.address(), third.id(), 1s);
  pair.pass(1s);
  const Time sent = pair.world.now();
  dialler.link->send(Bytes(50'000), Priority::bulk);
  EXPECT_TRUE(pair.world.run_until([&] { return listener.bytes > 0; }, sent + 1s));
  EXPECT_EQ(pair.world.now() - sent, 60ms);
}

// Sleeps until a moment of its clock, again and again, and notes how late it was woken.
class Punctual {
 public:
  explicit Punctual(Host& host) : loop_(host.loop()), tasks_(loop_) {
    tasks_.spawn(wake_again_and_again());
  }
  Duration latest{0};
  int woken = 0;

 private:
  Task<> wake_again_and_again() {
    while (true) {
      const Time until = loop_.now() + 1234567ns;
      co_await loop_.sleep_until(until);
      latest = std::max(latest, loop_.now() - until);
      ++woken;
    }
  }
  Loop& loop_;
  TaskGroup tasks_;
};

TEST(Disturbance, WhoeverIsWokenForAMomentReadsThatMoment) {
  for (const double rate : {1.0, 1.05, 0.95, 2.5}) {
    World world(1);
    Host& host = world.add_host({.clock_rate = rate});
    auto& punctual = host.start<Punctual>(host);
    world.run_until(world.now() + 1s);
    EXPECT_EQ(punctual.latest, Duration{0}) << rate;
    EXPECT_GT(punctual.woken, 700) << rate;
  }
}

TEST(Disturbance, AClockThatRunsFastRunsAheadAndItsTimersAreEarly) {
  World world(1);
  Host& fast = world.add_host({.clock_rate = 1.05});
  Host& slow = world.add_host({.clock_rate = 0.95});
  auto& ticker = fast.start<Ticker>(fast);
  auto& slow_ticker = slow.start<Ticker>(slow);
  const Time before = fast.loop().now();
  world.run_until(Time{} + 100s);
  EXPECT_EQ(ticker.ticks.size(), 105u);
  EXPECT_EQ(slow_ticker.ticks.size(), 95u);
  EXPECT_LE(std::chrono::abs(fast.loop().now() - before - 105s), 1us);
  for (std::size_t i = 1; i < ticker.ticks.size(); ++i) {
    EXPECT_LE(std::chrono::abs(ticker.ticks[i] - ticker.ticks[i - 1] - 1s), 10ns);
  }
}

TEST(Disturbance, AClockMayGoWrongAtAnyTime) {
  World world(1);
  Host& host = world.add_host();
  auto& ticker = host.start<Ticker>(host);
  world.run_until(Time{} + 10500ms);
  EXPECT_EQ(ticker.ticks.size(), 10u);
  world.at(world.now(), [&] { host.set_clock_rate(2); });
  world.run_until(Time{} + 20500ms);
  EXPECT_EQ(ticker.ticks.size(), 30u);
  world.at(world.now(), [&] { host.set_clock_rate(0.5); });
  world.run_until(Time{} + 40500ms);
  EXPECT_EQ(ticker.ticks.size(), 40u);
}

TEST(Disturbance, WorkTakesLongerOnASlowDevice) {
  World world(1);
  EXPECT_EQ(world.add_host().work_time(40ms), 40ms);
  EXPECT_EQ(world.add_host({.speed = 0.25}).work_time(40ms), 160ms);
  EXPECT_EQ(world.add_host({.speed = 4}).work_time(40ms), 10ms);
}

TEST(Disturbance, WhoeverComputesDoesNothingElse) {
  World world(1, plain);
  Host& receiver = world.add_host({.speed = 0.5, .costs = {.sign = 1s, .verify = 2s}});
  Host& sender = world.add_host();
  auto& listener = receiver.start<Listener>(receiver);
  auto& dialler = sender.start<Dialler>(sender, receiver.address(), receiver.id(), 1s);
  auto& ticker = receiver.start<Ticker>(receiver);
  world.run_until(Time{} + 10500ms);
  EXPECT_EQ(ticker.ticks.size(), 10u);
  const Credentials& own = receiver.credentials();
  EXPECT_TRUE(own.verify(own.public_key(), to_bytes("text"), own.sign(to_bytes("text"))));
  dialler.link->send(to_bytes("hello"), Priority::bulk);
  world.run_until(Time{} + 16400ms);
  EXPECT_TRUE(listener.heard.empty());
  EXPECT_EQ(ticker.ticks.size(), 10u);
  world.run_until(Time{} + 16500ms);
  EXPECT_EQ(listener.heard, std::vector<std::string>{"hello"});
  EXPECT_EQ(ticker.ticks.size(), 16u) << "all that were due meanwhile";
}

TEST(Disturbance, EveryByteThatIsSentOrReadTakesItsTime) {
  World world(1, plain);
  Host& receiver = world.add_host({.costs = {.mebibyte = 1048576us}});  // a microsecond a byte
  Host& sender = world.add_host({.bytes_per_second_up = 1e8, .bytes_per_second_down = 1e8});
  auto& listener = receiver.start<Listener>(receiver);
  auto& dialler = sender.start<Dialler>(sender, receiver.address(), receiver.id(), 1s);
  world.run_until(Time{} + 1s);
  dialler.link->send(Bytes(50'000), Priority::bulk);
  EXPECT_TRUE(world.run_until([&] { return listener.bytes == 50'000; }, Time{} + 2s));
  const Time first = world.now();
  listener.links[0]->send(Bytes(30'000), Priority::bulk);
  dialler.link->send(Bytes(10), Priority::bulk);
  EXPECT_TRUE(world.run_until([&] { return listener.bytes == 50'010; }, Time{} + 2s));
  EXPECT_EQ(world.now() - first, 80ms);
}

}  // namespace
}  // namespace moshpit::sim
