// What the simulated network does as long as nothing fails: order, latency, wires, priorities,
// windows, clocks, traces.
#include "sim/world.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>
#include <string>

#include "sim/test_programs.hpp"

namespace moshpit::sim {
namespace {

using namespace std::chrono_literals;

// A network of which the tests can compute what it must do: 10 ms, 1 MB/s.
const NetworkModel plain{.latency_min = 10ms, .latency_max = 10ms, .bytes_per_second = 1e6};

std::string frame_of(std::size_t bytes) { return std::string(bytes, 'x'); }

TEST(World, CarriesFramesInOrderBothWays) {
  Pair pair;
  std::vector<std::string> sent;
  for (int i = 0; i < 1000; ++i) {
    sent.push_back(std::to_string(i));
    pair.send(sent.back());
    pair.listener->links[0]->send(to_bytes(sent.back()), Priority::control);
    if (i % 100 == 0) pair.pass(700us);
  }
  pair.pass(1s);
  EXPECT_EQ(pair.listener->heard, sent);
  EXPECT_EQ(pair.dialler->heard, sent);
}

TEST(World, ADialTakesTwoRoundTripsAndTheOtherSideHalfAnotherOne) {
  World world(1, plain);
  Host& one = world.add_host();
  Host& other = world.add_host();
  auto& listener = other.start<Listener>(other);
  auto& dialler = one.start<Dialler>(one, other.address(), other.id(), 1s);
  EXPECT_TRUE(world.run_until([&] { return dialler.done; }, Time{} + 1s));
  EXPECT_EQ(world.now(), Time{} + 40ms);
  EXPECT_TRUE(world.run_until([&] { return !listener.links.empty(); }, Time{} + 1s));
  EXPECT_EQ(world.now(), Time{} + 50ms);
}

TEST(World, BothSidesKnowWhomTheyTalkTo) {
  Pair pair;
  auto& second = pair.one.start<Dialler>(pair.one, pair.other.address(), std::nullopt, 1s);
  pair.pass(1s);
  const Link& dialled = *pair.dialler->link;
  const Link& accepted = *pair.listener->links[0];
  EXPECT_EQ(dialled.peer(), pair.other.id());
  EXPECT_EQ(accepted.peer(), pair.one.id());
  EXPECT_EQ(dialled.remote(), pair.other.address().text());
  EXPECT_EQ(dialled.binding(), accepted.binding());
  EXPECT_NE(dialled.binding(), second.link->binding());
}

TEST(World, LatencyIsWithinItsBoundsAndVaries) {
  Pair pair;
  std::set<Duration> seen;
  for (std::size_t i = 0; i < 200; ++i) {
    const Time sent = pair.world.now();
    pair.send("x");
    ASSERT_TRUE(pair.world.run_until([&] { return pair.listener->heard.size() > i; }, sent + 1s));
    seen.insert(pair.world.now() - sent);
  }
  EXPECT_GE(*seen.begin(), 1ms);
  EXPECT_LE(*seen.rbegin(), 5ms + 1us);
  EXPECT_GT(*seen.rbegin() - *seen.begin(), 3ms);
}

TEST(World, AFrameTakesItsTimeOnTheWire) {
  Pair pair(1, plain);
  const Time sent = pair.world.now();
  pair.send(frame_of(50'000));
  ASSERT_TRUE(pair.world.run_until([&] { return pair.listener->bytes > 0; }, sent + 1s));
  EXPECT_EQ(pair.world.now() - sent, 60ms);
}

TEST(World, LinksOfOneSenderShareItsWire) {
  World world(1, plain);
  Host& sender = world.add_host();
  std::vector<Listener*> listeners;
  std::vector<Dialler*> diallers;
  for (int i = 0; i < 4; ++i) {
    Host& host = world.add_host();
    listeners.push_back(&host.start<Listener>(host));
    diallers.push_back(&sender.start<Dialler>(sender, host.address(), host.id(), 1s));
  }
  world.run_until(Time{} + 1s);
  for (Dialler* dialler : diallers) {
    for (int i = 0; i < 10; ++i) dialler->link->send(to_bytes(frame_of(50'000)), Priority::bulk);
  }
  const auto all = [&] {
    return std::all_of(listeners.begin(), listeners.end(),
                       [](const Listener* listener) { return listener->bytes == 500'000; });
  };
  EXPECT_TRUE(world.run_until(all, Time{} + 10s));
  EXPECT_EQ(world.now() - (Time{} + 1s), 2s + 10ms);
}

TEST(World, SendersToOneReceiverShareItsWire) {
  World world(1, plain);
  Host& receiver = world.add_host();
  auto& listener = receiver.start<Listener>(receiver);
  std::vector<Dialler*> diallers;
  for (int i = 0; i < 4; ++i) {
    Host& host = world.add_host();
    diallers.push_back(&host.start<Dialler>(host, receiver.address(), receiver.id(), 1s));
  }
  world.run_until(Time{} + 1s);
  for (Dialler* dialler : diallers) {
    for (int i = 0; i < 10; ++i) dialler->link->send(to_bytes(frame_of(50'000)), Priority::bulk);
  }
  EXPECT_TRUE(world.run_until([&] { return listener.bytes == 2'000'000; }, Time{} + 10s));
  // The first 50,000 bytes come in while they go out, and everything else after them.
  EXPECT_EQ(world.now() - (Time{} + 1s), 2s + 10ms);
}

TEST(World, ALinkFillsItsWireAcrossALongLatency) {
  Pair pair(1, {.latency_min = 100ms, .latency_max = 100ms, .bytes_per_second = 1e7});
  const Time sent = pair.world.now();
  for (int i = 0; i < 200; ++i) pair.send(frame_of(50'000));
  EXPECT_TRUE(pair.world.run_until([&] { return pair.listener->bytes == 10'000'000; }, sent + 9s));
  EXPECT_EQ(pair.world.now() - sent, 1s + 100ms);
}

TEST(World, ControlFramesOvertakeBulkThatTheSystemHasNotTaken) {
  Pair pair(1, plain);
  for (int i = 0; i < 50; ++i) pair.send(frame_of(10'000));
  pair.send("urgent", Priority::control);
  pair.send("at last");
  pair.pass(5s);
  const auto& heard = pair.listener->heard;
  ASSERT_EQ(heard.size(), 52u);
  // 64 KiB are with the system already: seven frames.
  EXPECT_EQ(heard[7], "urgent");
  EXPECT_EQ(heard.back(), "at last");
}

TEST(World, TheBacklogIsWhatTheSystemHasNotTaken) {
  Pair pair(1, plain);
  for (int i = 0; i < 50; ++i) pair.send(frame_of(10'000));
  EXPECT_EQ(pair.dialler->link->backlog(), 430'000u);
  pair.dialler->await_drained(0, 5s);
  const Time sent = pair.world.now();
  EXPECT_TRUE(pair.world.run_until([&] { return pair.dialler->drained.has_value(); }, sent + 9s));
  EXPECT_TRUE(*pair.dialler->drained);
  EXPECT_EQ(pair.dialler->link->backlog(), 0u);
  // The last frame is taken as soon as less than 64 KiB are in front of it.
  EXPECT_EQ(pair.world.now() - sent, 430ms);
}

TEST(World, AReaderThatDoesNotReadStopsTheSender) {
  World world(1, plain);
  Host& one = world.add_host();
  Host& other = world.add_host();
  auto& listener = other.start<Listener>(other);
  listener.reads = false;
  auto& dialler = one.start<Dialler>(one, other.address(), other.id(), 1s);
  world.run_until(Time{} + 1s);
  for (int i = 0; i < 100; ++i) dialler.link->send(to_bytes(frame_of(10'000)), Priority::bulk);
  dialler.await_drained(0, 20s);
  world.run_until(Time{} + 10s);
  EXPECT_FALSE(dialler.drained.has_value());
  EXPECT_GE(dialler.link->backlog(), 700'000u);
  EXPECT_LE(dialler.link->backlog(), 740'000u);
  world.run_until(Time{} + 30s);
  ASSERT_TRUE(dialler.drained.has_value());
  EXPECT_FALSE(*dialler.drained);
}

TEST(World, AFrameAboveTheLimitClosesTheLink) {
  Pair pair;
  pair.send(frame_of(64 * 1024));
  pair.send(frame_of(64 * 1024 + 1));
  pair.send("after it");
  pair.pass(1s);
  EXPECT_EQ(pair.listener->heard.size(), 1u);
  EXPECT_EQ(pair.listener->ended, 1u);
  EXPECT_TRUE(pair.dialler->ended);
}

TEST(World, ARaisedLimitLetsLargeFramesIn) {
  Pair pair;
  pair.listener->links[0]->set_frame_limit(1 << 20);
  pair.send(frame_of(1 << 20));
  pair.pass(1s);
  EXPECT_EQ(pair.listener->bytes, std::size_t{1} << 20);
}

TEST(World, ADestroyedLinkDeliversWhatWasTakenAndThenEnds) {
  Pair pair;
  pair.send("one");
  pair.send("two");
  pair.listener->links[0]->send(to_bytes("too late"), Priority::bulk);
  pair.one.crash();
  pair.pass(1s);
  EXPECT_EQ(pair.listener->heard, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(pair.listener->ended, 1u);
  pair.listener->links[0]->send(to_bytes("to nobody"), Priority::bulk);
  EXPECT_EQ(pair.listener->links[0]->backlog(), 0u);
}

TEST(World, ALossDelaysAndLosesNothing) {
  Pair pair(1, {.loss = 0.02});
  std::vector<std::string> sent;
  for (int i = 0; i < 500; ++i) {
    sent.push_back(std::to_string(i));
    pair.send(sent.back());
  }
  const Time start = pair.world.now();
  EXPECT_TRUE(pair.world.run_until([&] { return pair.listener->heard.size() == 500; }, start + 9s));
  EXPECT_EQ(pair.listener->heard, sent);
  EXPECT_GE(pair.world.now() - start, 200ms);
}

TEST(World, ClocksDifferAndAdvanceAlike) {
  Pair pair;
  const Time one = pair.one.loop().now();
  const Time other = pair.other.loop().now();
  EXPECT_GT(std::chrono::abs(one - other), 1h);
  pair.pass(5s);
  EXPECT_EQ(pair.one.loop().now(), one + 5s);
  EXPECT_EQ(pair.other.loop().now(), other + 5s);
}

TEST(World, RunsUntilTheTimeOrUntilNothingIsLeft) {
  World world(1);
  world.add_host();
  std::vector<int> order;
  world.at(Time{} + 2s, [&] { order.push_back(2); });
  world.at(Time{} + 1s, [&] { order.push_back(1); });
  world.at(Time{} + 2s, [&] { order.push_back(3); });
  world.run_until(Time{} + 1500ms);
  EXPECT_EQ(world.now(), Time{} + 1500ms);
  EXPECT_EQ(order, std::vector<int>{1});
  world.run_until(Time::max());
  EXPECT_EQ(world.now(), Time{} + 2s);
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

TEST(World, ObserversSeeEveryDelivery) {
  Pair pair;
  std::vector<std::string> seen;
  pair.world.on_delivery([&](Time, const Host& from, const Host& to, ByteView frame) {
    EXPECT_EQ(&from, &pair.one);
    EXPECT_EQ(&to, &pair.other);
    seen.emplace_back(as_text(frame));
  });
  pair.send("a");
  pair.send("b");
  pair.pass(1s);
  EXPECT_EQ(seen, (std::vector<std::string>{"a", "b"}));
}

std::uint64_t trace_of(std::uint64_t seed, const std::string& last) {
  Pair pair(seed);
  for (int i = 0; i < 100; ++i) pair.send(std::to_string(i));
  pair.send(last);
  pair.pass(1s);
  return pair.world.trace();
}

TEST(World, TheTraceFollowsFromTheSeedAndTheFrames) {
  EXPECT_EQ(trace_of(1, "end"), trace_of(1, "end"));
  EXPECT_NE(trace_of(1, "end"), trace_of(2, "end"));
  EXPECT_NE(trace_of(1, "end"), trace_of(1, "and"));
}

}  // namespace
}  // namespace moshpit::sim
