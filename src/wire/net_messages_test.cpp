#include "wire/net_messages.hpp"

#include <gtest/gtest.h>
#include <vector>

#include "base/random.hpp"
#include "wire/envelope.hpp"

namespace moshpit {
namespace {

Hello some_hello() {
  Hello hello;
  hello.run = RunId{sha256(as_bytes("run"))};
  hello.proof = sha256(as_bytes("proof"));
  hello.sender = {PeerId{sha256(as_bytes("peer"))}, {{"192.0.2.7", 4000}, {"2001:db8::7", 4001}}};
  hello.outbound_only = true;
  hello.incarnation = 0xfedcba9876543210u;
  hello.dial_number = 12;
  return hello;
}

TEST(NetMessages, AHelloComesBack) {
  const Hello hello = some_hello();
  const auto opening = decode_opening(encode(hello));
  ASSERT_TRUE(opening && std::holds_alternative<Hello>(*opening));
  const Hello& back = std::get<Hello>(*opening);
  EXPECT_EQ(back.version, network_version);
  EXPECT_EQ(back.run, hello.run);
  EXPECT_EQ(back.proof, hello.proof);
  EXPECT_EQ(back.sender, hello.sender);
  EXPECT_EQ(back.outbound_only, hello.outbound_only);
  EXPECT_EQ(back.incarnation, hello.incarnation);
  EXPECT_EQ(back.dial_number, hello.dial_number);
}

TEST(NetMessages, ARefusalComesBack) {
  for (const auto reason : {RefusalReason::wrong_version, RefusalReason::not_a_member}) {
    const auto opening = decode_opening(encode(Refusal{reason, 9}));
    ASSERT_TRUE(opening && std::holds_alternative<Refusal>(*opening));
    EXPECT_EQ(std::get<Refusal>(*opening).reason, reason);
    EXPECT_EQ(std::get<Refusal>(*opening).version, 9u);
  }
}

TEST(NetMessages, OfAnotherVersionNothingButTheVersionIsRead) {
  Hello hello = some_hello();
  hello.version = network_version + 1;
  const auto opening = decode_opening(encode(hello));
  ASSERT_TRUE(opening && std::holds_alternative<Hello>(*opening));
  EXPECT_EQ(std::get<Hello>(*opening).version, network_version + 1);
  EXPECT_EQ(std::get<Hello>(*opening).run, RunId{});
}

TEST(NetMessages, WhatIsSaidOfAddressesComesBack) {
  const std::vector<Address> addresses{{"192.0.2.7", 4000}, {"2001:db8::7", 4001}};
  for (const auto& some : {addresses, std::vector<Address>()}) {
    const auto whereabouts = decode_whereabouts(encode(Whereabouts{some}));
    ASSERT_TRUE(whereabouts);
    EXPECT_EQ(whereabouts->addresses, some);
  }
  const auto question =
      decode_dial_back_question(encode(DialBackQuestion{addresses, std::chrono::seconds(2)}));
  ASSERT_TRUE(question);
  EXPECT_EQ(question->addresses, addresses);
  EXPECT_EQ(question->patience, std::chrono::seconds(2));
  for (const bool reached : {true, false}) {
    const auto answer = decode_dial_back_answer(encode(DialBackAnswer{reached}));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->reached, reached);
  }
}

TEST(NetMessages, WhatIsSaidOfAddressesIsChecked) {
  const std::vector<Address> no_host{{"no host", 4000}};
  EXPECT_FALSE(decode_whereabouts(encode(Whereabouts{no_host})));
  EXPECT_FALSE(decode_dial_back_question(encode(DialBackQuestion{no_host, {}})));
  EXPECT_FALSE(decode_dial_back_question(encode(DialBackQuestion{{}, std::chrono::minutes(2)})));
  EXPECT_FALSE(decode_dial_back_answer({})) << "the empty answer is none";
}

TEST(NetMessages, NoHelloWithoutItsFields) {
  EXPECT_FALSE(decode_opening({}));
  Hello nowhere = some_hello();
  nowhere.sender.addresses = {{"no host", 4000}};
  EXPECT_FALSE(decode_opening(encode(nowhere)));
}

TEST(NetMessages, AddressesBeyondTheLimitAreLeftOut) {
  Hello crowded = some_hello();
  crowded.sender.addresses.assign(9, {"192.0.2.7", 4000});
  const auto opening = decode_opening(encode(crowded));
  ASSERT_TRUE(opening && std::holds_alternative<Hello>(*opening));
  EXPECT_EQ(std::get<Hello>(*opening).sender.addresses.size(), 8u);
}

TEST(NetMessages, EveryCutIsRefusedOrRead) {
  const Bytes whole = encode(some_hello());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(decode_opening(ByteView(whole).first(size))) << size;
  }
}

// Random bytes, and good messages with random bytes in them: no decoder may crash on any.
TEST(NetMessages, DecodersSurviveAnything) {
  Random random(1);
  const Bytes good = encode(some_hello());
  int decoded = 0;
  for (int i = 0; i < 50'000; ++i) {
    Bytes noise(random.below(120));
    random.fill(noise);
    decoded += decode_opening(noise).has_value();
    open_envelope(noise);
    decode_whereabouts(noise);
    decode_dial_back_question(noise);
    decode_dial_back_answer(noise);
    Bytes damaged = good;
    const auto flips = 1 + random.below(4);
    for (std::uint64_t flip = 0; flip < flips; ++flip) {
      const auto place = random.below(damaged.size());
      damaged[place] = static_cast<std::byte>(random.below(256));
    }
    decoded += decode_opening(damaged).has_value();
  }
  EXPECT_GT(decoded, 1000);  // damage in the proof alone is not for the decoder to see
}

TEST(NetMessages, AnOpeningLooksLikeNoEnvelope) {
  EXPECT_FALSE(open_envelope(encode(some_hello())));
  EXPECT_FALSE(open_envelope(encode(Refusal{RefusalReason::not_a_member})));
  EXPECT_FALSE(decode_opening(in_envelope({FrameKind::ping, 0, 1}, encode(some_hello()))));
}

TEST(Envelope, ComesBackWithItsPayload) {
  const Envelope envelope{FrameKind::question, 3, 0x01020304};
  const Bytes frame = in_envelope(envelope, to_bytes("what"));
  EXPECT_EQ(open_envelope(frame), envelope);
  EXPECT_EQ(as_text(payload_of(frame)), "what");
  EXPECT_EQ(without_envelope(frame), to_bytes("what"));
  const auto last = {std::byte{4}, std::byte{3}, std::byte{2},
                     std::byte{1}, std::byte{3}, std::byte{1}};
  EXPECT_TRUE(std::equal(last.begin(), last.end(), frame.begin() + 4));
}

TEST(Envelope, IsRefusedIfItIsShortOrOfAnUnknownKind) {
  const Bytes frame = in_envelope({FrameKind::farewell, 0, 0}, {});
  EXPECT_TRUE(open_envelope(frame));
  EXPECT_FALSE(open_envelope(ByteView(frame).first(envelope_size - 1)));
  EXPECT_FALSE(open_envelope({}));
  Bytes unknown = frame;
  unknown.back() = std::byte{0};
  EXPECT_FALSE(open_envelope(unknown));
  unknown.back() = std::byte{8};
  EXPECT_FALSE(open_envelope(unknown));
}

}  // namespace
}  // namespace moshpit
