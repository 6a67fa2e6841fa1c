// The Network against those who do not follow the protocol: each costs its own link and nothing
// else.
#include <gtest/gtest.h>

#include "net/network_test_swarm.hpp"
#include "wire/envelope.hpp"
#include "wire/net_messages.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

TEST(NetworkStranger, NothingIsHeardBeforeTheHello) {
  Two two;
  auto& stranger = two.host.start<Stranger>(two.host);
  stranger.send_to(two.other_host.address(),
                   {in_envelope({FrameKind::question, 2, 1}, to_bytes("echo")),
                    in_envelope({FrameKind::message, 2, 0}, to_bytes("psst"))});
  two.pass(5s);
  EXPECT_TRUE(stranger.closed);
  ASSERT_EQ(stranger.heard.size(), 2u);  // its Hello, and why it refuses
  const auto refusal = decode_opening(stranger.heard[1]);
  ASSERT_TRUE(refusal && std::holds_alternative<Refusal>(*refusal));
  EXPECT_EQ(std::get<Refusal>(*refusal).reason, RefusalReason::not_a_member);
  EXPECT_TRUE(two.other->asked_by.empty());
  EXPECT_TRUE(two.other->heard.empty());
}

TEST(NetworkStranger, AStrangerThatSaysNothingIsClosed) {
  Two two;
  auto& stranger = two.host.start<Stranger>(two.host);
  stranger.send_to(two.other_host.address(), {});
  two.pass(4s);
  EXPECT_FALSE(stranger.closed);
  two.pass(2s);
  EXPECT_TRUE(stranger.closed);
}

TEST(NetworkStranger, AnotherVersionIsToldWhy) {
  Two two;
  auto& stranger = two.host.start<Stranger>(two.host);
  Hello hello;
  hello.version = network_version + 1;
  stranger.send_to(two.other_host.address(), {encode(hello)});
  two.pass(3s);
  ASSERT_EQ(stranger.heard.size(), 2u);
  const auto refusal = decode_opening(stranger.heard[1]);
  ASSERT_TRUE(refusal && std::holds_alternative<Refusal>(*refusal));
  EXPECT_EQ(std::get<Refusal>(*refusal).reason, RefusalReason::wrong_version);
}

// A Hello proves membership on its own link and to its own side only.
TEST(NetworkStranger, AnEchoedHelloProvesNothing) {
  Two two;
  two.connect();
  Bytes overheard;
  two.world.on_delivery([&](Time, const sim::Host& from, const sim::Host&, ByteView frame) {
    if (overheard.empty() && from.id() == two.other_host.id()) overheard = to_bytes(frame);
  });
  two.one->connect_to(two.other_host.address());
  two.pass(1s);
  ASSERT_FALSE(overheard.empty());
  auto& stranger = two.host.start<Stranger>(two.host);
  stranger.send_to(two.other_host.address(), {overheard});
  two.pass(3s);
  EXPECT_TRUE(stranger.closed);
  EXPECT_EQ(two.other->network.counters().links_refused, 1u);
}

TEST(NetworkStranger, GarbageClosesItsLinkAndNoOther) {
  Two two;
  two.connect();
  Random random(1);
  for (int i = 0; i < 50; ++i) {
    sim::Host& host = two.world.add_host();
    auto& stranger = host.start<Stranger>(host);
    Bytes garbage(random.below(100));
    random.fill(garbage);
    garbage.insert(garbage.begin(), std::byte{0});  // of no kind
    stranger.greet_and_send_to(two.other_host.address(), {garbage});
    two.pass(1s);
    ASSERT_TRUE(stranger.closed) << i;
  }
  EXPECT_EQ(two.other->network.counters().links_opened, 51u);
  EXPECT_EQ(two.other->network.counters().links_refused, 50u);
  EXPECT_EQ(two.other->lost.size(), 50u);
  EXPECT_TRUE(two.other->network.connected(two.one->network.id()));
}

// A well-formed frame of every kind, with ids that mean nothing and payloads that say nothing.
TEST(NetworkStranger, WellFormedNonsenseFromAMemberDoesNoHarm) {
  Two two;
  two.connect();
  auto& stranger = two.world.add_host().start<Stranger>(two.world.host(2));
  Random random(1);
  std::vector<Bytes> frames;
  for (int i = 0; i < 500; ++i) {
    Bytes payload(random.below(50));
    random.fill(payload);
    const auto kind = static_cast<FrameKind>(1 + random.below(5));
    const auto protocol = static_cast<std::uint8_t>(random.below(256));
    frames.push_back(
        in_envelope({kind, protocol, static_cast<std::uint32_t>(random.below(5))}, payload));
  }
  stranger.greet_and_send_to(two.other_host.address(), frames);
  const int question = two.one->ask(two.other->contact(), "echo", 1s);
  two.pass(2s);
  EXPECT_FALSE(stranger.closed);
  EXPECT_EQ(two.one->answer_to(question), "re: echo");
}

}  // namespace
}  // namespace moshpit
