// How links share the wires of their hosts, and what a host's own wires do.
#include <gtest/gtest.h>
#include <string>

#include "sim/connection.hpp"
#include "sim/exponential.hpp"
#include "sim/test_programs.hpp"
#include "sim/wire.hpp"
#include "sim/world.hpp"

namespace moshpit::sim {
namespace {

using namespace std::chrono_literals;

void send(Dialler& dialler, std::size_t frames, std::size_t size) {
  for (std::size_t i = 0; i < frames; ++i) {
    dialler.link->send(Bytes(size), Priority::bulk);
  }
}

TEST(Wire, EachOfItsFlowsGetsItsShare) {
  Wire wire(1e6);
  Connection one;
  Connection other;
  wire.begin(Time{}, Time{}, LinkEnd{&one, 0}, 30ms);
  wire.begin(Time{} + 10ms, Time{} + 10ms, LinkEnd{&other, 0}, 10ms);
  // 20 ms and 10 ms are left for the two.
  EXPECT_EQ(wire.next(), Time{} + 30ms);
  EXPECT_EQ(wire.take(Time{} + 30ms).connection, &other);
  EXPECT_EQ(wire.next(), Time{} + 40ms);
  EXPECT_EQ(wire.take(Time{} + 40ms).connection, &one);
  EXPECT_EQ(wire.next(), std::nullopt);
}

TEST(Wire, APacketKeepsTheOthersWaiting) {
  Wire wire(1e6);
  Connection one;
  wire.begin(Time{}, Time{}, LinkEnd{&one, 0}, 30ms);
  EXPECT_EQ(wire.pass(Time{} + 10ms, Time{} + 10ms, 1ms), Time{} + 11ms);
  EXPECT_EQ(wire.pass(Time{} + 10ms, Time{} + 10ms, 1ms), Time{} + 12ms);
  EXPECT_EQ(wire.next(), Time{} + 32ms);
}

TEST(Wire, LosesNothingToRounding) {
  Wire wire(1e6);
  std::vector<Connection> flows(7);
  Time now{};
  for (Connection& flow : flows) {
    wire.begin(now, now, LinkEnd{&flow, 0}, 1us);
    now += 1ns;
  }
  Time last;
  while (wire.next()) {
    last = *wire.next();
    wire.take(last);
  }
  EXPECT_EQ(last, Time{} + 7us);
}

// Two links of one sender or to one receiver, and what each has carried when the wire has had time
// for a megabyte.
struct Shares {
  std::size_t one = 0;
  std::size_t other = 0;
};

// A second old.
struct OneSender {
  OneSender() { world.run_until(Time{} + 1s); }

  World world{1, plain};
  Host& sender = world.add_host();
  Host& one = world.add_host();
  Host& other = world.add_host();
  Listener& listener = one.start<Listener>(one);
  Listener& other_listener = other.start<Listener>(other);
  Dialler& dialler = sender.start<Dialler>(sender, one.address(), one.id(), 1s);
  Dialler& other_dialler = sender.start<Dialler>(sender, other.address(), other.id(), 1s);
};

Shares of_one_sender(std::size_t frame, std::size_t other_frame) {
  OneSender hosts;
  send(hosts.dialler, 2'000'000 / frame, frame);
  send(hosts.other_dialler, 2'000'000 / other_frame, other_frame);
  hosts.world.run_until(Time{} + 2s);
  return {hosts.listener.bytes, hosts.other_listener.bytes};
}

Shares to_one_receiver(std::size_t frame, std::size_t other_frame, double other_rate) {
  World world(1, plain);
  Host& receiver = world.add_host();
  Host& one = world.add_host({.bytes_per_second_up = 1e7});
  Host& other = world.add_host({.bytes_per_second_up = other_rate});
  auto& listener = receiver.start<Listener>(receiver);
  auto& dialler = one.start<Dialler>(one, receiver.address(), receiver.id(), 1s);
  auto& other_dialler = other.start<Dialler>(other, receiver.address(), receiver.id(), 1s);
  Shares shares;
  world.on_delivery([&](Time, const Host& from, const Host&, ByteView bytes) {
    (&from == &one ? shares.one : shares.other) += bytes.size();
  });
  world.run_until(Time{} + 1s);
  send(dialler, 4'000'000 / frame, frame);
  send(other_dialler, 4'000'000 / other_frame, other_frame);
  world.run_until(Time{} + 3s);
  EXPECT_EQ(listener.bytes, shares.one + shares.other);
  return shares;
}

void expect_equal(const Shares& shares, std::size_t together) {
  EXPECT_NEAR(static_cast<double>(shares.one), static_cast<double>(shares.other),
              0.05 * static_cast<double>(shares.other));
  EXPECT_NEAR(static_cast<double>(shares.one + shares.other), static_cast<double>(together),
              0.07 * static_cast<double>(together));
}

TEST(Sharing, LinksOfOneSenderGetEqualShares) {
  expect_equal(of_one_sender(10'000, 10'000), 1'000'000);
  expect_equal(of_one_sender(1'000, 10'000), 1'000'000);
  expect_equal(of_one_sender(60'000, 1'000), 1'000'000);
}

TEST(Sharing, SendersToOneReceiverGetEqualShares) {
  expect_equal(to_one_receiver(10'000, 10'000, 1e7), 2'000'000);
  expect_equal(to_one_receiver(1'000, 10'000, 1e7), 2'000'000);
  expect_equal(to_one_receiver(20'000, 1'000, 1e7), 2'000'000);
  expect_equal(to_one_receiver(10'000, 10'000, 7e5), 2'000'000);
}

TEST(Sharing, WhoWantsLessThanItsShareGetsIt) {
  const Shares shares = to_one_receiver(10'000, 10'000, 2e5);
  EXPECT_NEAR(static_cast<double>(shares.other), 400'000.0, 20'000.0);
  EXPECT_NEAR(static_cast<double>(shares.one), 1'600'000.0, 40'000.0);
}

TEST(Sharing, ABulkFrameMayStandForALargerOne) {
  NetworkModel heavy = plain;
  heavy.bulk_weight = 10;
  Pair pair(1, heavy);
  Time heard{};
  pair.world.on_delivery([&](Time time, const Host&, const Host&, ByteView) { heard = time; });
  Time began = pair.world.now();
  pair.send(std::string(10'000, 'b'));
  pair.pass(1s);
  EXPECT_EQ(heard - began, 110ms);
  began = pair.world.now();
  pair.send(std::string(10'000, 'c'), Priority::control);
  pair.pass(1s);
  EXPECT_EQ(heard - began, 20ms);
}

TEST(Sharing, AShortFrameDoesNotWaitForTheMegabytesOfOthers) {
  OneSender hosts;
  send(hosts.dialler, 80, 50'000);
  hosts.world.run_until(Time{} + 2s);
  hosts.other_dialler.link->send(Bytes(100), Priority::control);
  const auto short_came = [&] { return hosts.other_listener.bytes == 100; };
  EXPECT_TRUE(hosts.world.run_until(short_came, Time{} + 3s));
  EXPECT_LE(hosts.world.now() - (Time{} + 2s), 11ms);
}

TEST(Sharing, AShortFrameDoesNotWaitForTheMegabytesOfOthersAtTheReceiver) {
  World world(1, plain);
  Host& receiver = world.add_host();
  Host& sender = world.add_host({.bytes_per_second_up = 1e7});
  Host& third = world.add_host();
  auto& listener = receiver.start<Listener>(receiver);
  auto& bulk = sender.start<Dialler>(sender, receiver.address(), receiver.id(), 1s);
  auto& quiet = third.start<Dialler>(third, receiver.address(), receiver.id(), 1s);
  world.run_until(Time{} + 1s);
  send(bulk, 80, 50'000);
  world.run_until(Time{} + 2s);
  quiet.link->send(to_bytes("urgent"), Priority::control);
  const auto urgent_came = [&] { return listener.heard.back() == "urgent"; };
  EXPECT_TRUE(world.run_until(urgent_came, Time{} + 3s));
  EXPECT_LE(world.now() - (Time{} + 2s), 11ms);
}

TEST(Sharing, UpAndDownAreRatesOfTheirOwn) {
  World world(1, plain);
  Host& home = world.add_host({.bytes_per_second_up = 1e5, .bytes_per_second_down = 5e5});
  Host& centre = world.add_host();
  auto& listener = centre.start<Listener>(centre);
  auto& dialler = home.start<Dialler>(home, centre.address(), centre.id(), 1s);
  world.run_until(Time{} + 1s);
  send(dialler, 1, 50'000);
  EXPECT_TRUE(world.run_until([&] { return listener.bytes == 50'000; }, Time{} + 2s));
  EXPECT_EQ(world.now(), Time{} + 1s + 500ms + 10ms);
  const Time sent = world.now();
  listener.links[0]->send(Bytes(50'000), Priority::bulk);
  EXPECT_TRUE(world.run_until([&] { return !dialler.heard.empty(); }, sent + 1s));
  // 50 ms on the sender's wire, and the slower one's 100 ms end as much later.
  EXPECT_EQ(world.now() - sent, 10ms + 100ms);
}

TEST(Sharing, ADeadLinksFrameLeavesTheWireToTheOthers) {
  OneSender hosts;
  send(hosts.dialler, 5, 50'000);
  send(hosts.other_dialler, 20, 50'000);
  hosts.world.run_until(Time{} + 1020ms);
  hosts.one.crash();
  hosts.world.run_until(Time{} + 3s);
  EXPECT_EQ(hosts.other_listener.bytes, 1'000'000u);
}

TEST(Jitter, HasTheMeanAndTheTailOfItsDistribution) {
  Random random(1);
  constexpr int draws = 100'000;
  double sum = 0;
  int beyond_mean = 0;
  int beyond_three = 0;
  for (int i = 0; i < draws; ++i) {
    const Duration draw = exponential(random, 10ms);
    ASSERT_GE(draw, 0ms);
    sum += seconds(draw);
    beyond_mean += draw > 10ms ? 1 : 0;
    beyond_three += draw > 30ms ? 1 : 0;
  }
  EXPECT_NEAR(sum / draws, 0.010, 0.0001);
  EXPECT_NEAR(beyond_mean / double{draws}, 0.3679, 0.005);
  EXPECT_NEAR(beyond_three / double{draws}, 0.0498, 0.003);
}

TEST(Jitter, DelaysAndKeepsTheOrder) {
  Pair pair(1, {.latency_min = 10ms, .latency_max = 10ms, .jitter_mean = 20ms});
  std::vector<std::string> sent;
  std::vector<Duration> took;
  for (int i = 0; i < 300; ++i) {
    sent.push_back(std::to_string(i));
    const Time start = pair.world.now();
    pair.send(sent.back());
    const auto came = [&] { return pair.listener->heard.size() == sent.size(); };
    ASSERT_TRUE(pair.world.run_until(came, start + 1s));
    took.push_back(pair.world.now() - start);
  }
  EXPECT_GE(*std::min_element(took.begin(), took.end()), 10ms);
  EXPECT_GE(*std::max_element(took.begin(), took.end()), 80ms);
  for (int i = 0; i < 300; ++i) {
    sent.push_back(std::to_string(i));
    pair.send(sent.back());
  }
  pair.pass(5s);
  EXPECT_EQ(pair.listener->heard, sent);
}

}  // namespace
}  // namespace moshpit::sim
