#include "wire/directory_messages.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

PeerId peer(std::uint8_t first) {
  PeerId id;
  id.bytes[0] = std::byte{first};
  return id;
}

SignedRecord some_record() {
  return SignedRecord({to_bytes("claim"), to_bytes("key"), to_bytes("signature")}, 1500ms);
}

DirectoryQuestion some_question() {
  DirectoryQuestion question;
  question.key.bytes[31] = std::byte{7};
  question.records = {some_record(), some_record()};
  question.wanted = WantedRecords::own;
  question.wants_closest = true;
  question.after = peer(9);
  question.watch = 60s;
  return question;
}

TEST(DirectoryMessages, AQuestionComesBackAsItWas) {
  const DirectoryQuestion question = some_question();
  const auto decoded = decode_directory_question(encode(question));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->key, question.key);
  ASSERT_EQ(decoded->records.size(), 2u);
  EXPECT_EQ(decoded->records[1].claim(), to_bytes("claim"));
  EXPECT_EQ(decoded->records[1].sealed().public_key, to_bytes("key"));
  EXPECT_EQ(decoded->records[1].sealed().signature, to_bytes("signature"));
  EXPECT_EQ(decoded->records[1].remaining, 1500ms);
  EXPECT_EQ(decoded->wanted, WantedRecords::own);
  EXPECT_TRUE(decoded->wants_closest);
  EXPECT_EQ(decoded->after, peer(9));
  EXPECT_EQ(decoded->watch, 60s);
}

TEST(DirectoryMessages, AnAnswerComesBackAsItWas) {
  DirectoryAnswer answer;
  answer.closest = {Contact{peer(1), {Address{"::1", 4000}}}, Contact{peer(2), {}}};
  answer.records = {some_record()};
  answer.more = true;
  const auto decoded = decode_directory_answer(encode(answer));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->closest, answer.closest);
  EXPECT_EQ(decoded->records.size(), 1u);
  EXPECT_TRUE(decoded->more);
}

TEST(DirectoryMessages, AClaimComesBackAsItWas) {
  const RecordClaim claim{{}, Contact{peer(3), {}}, to_bytes("value"), 5, 6, 90s};
  const auto decoded = decode_claim(encode(claim));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->publisher, claim.publisher);
  EXPECT_EQ(decoded->value, claim.value);
  EXPECT_EQ(decoded->incarnation, 5u);
  EXPECT_EQ(decoded->sequence, 6u);
  EXPECT_EQ(decoded->time_to_live, 90s);
}

TEST(DirectoryMessages, WhatRemainsIsRoundedDown) {
  SignedRecord record = some_record();
  record.remaining = 1999us;
  const auto decoded = decode_directory_change(encode(DirectoryChange{{record}}));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->records[0].remaining, 1ms);
}

TEST(DirectoryMessages, SizesAndRangesOutOfBoundsAreRefused) {
  RecordClaim claim{{}, Contact{peer(3), {}}, Bytes(record_value_limit), 5, 6, time_to_live_limit};
  EXPECT_TRUE(decode_claim(encode(claim)));
  claim.value.push_back(std::byte{0});
  EXPECT_FALSE(decode_claim(encode(claim)));
  claim.value.clear();
  claim.time_to_live += 1ms;
  EXPECT_FALSE(decode_claim(encode(claim)));

  SignedRecord record = some_record();
  record.remaining = time_to_live_limit + 1ms;
  EXPECT_FALSE(decode_directory_change(encode(DirectoryChange{{record}})));

  DirectoryAnswer answer;
  answer.closest.resize(answer_contacts_limit);
  EXPECT_TRUE(decode_directory_answer(encode(answer)));
  answer.closest.resize(answer_contacts_limit + 1);
  EXPECT_FALSE(decode_directory_answer(encode(answer)));

  for (const auto peers : {&DirectoryQuestion::known_peers, &DirectoryQuestion::told}) {
    DirectoryQuestion question;
    (question.*peers).resize(answer_contacts_limit, 7);
    const auto decoded = decode_directory_question(encode(question));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->known_peers, question.known_peers);
    EXPECT_EQ(decoded->told, question.told);
    (question.*peers).push_back(7);
    EXPECT_FALSE(decode_directory_question(encode(question)));
  }
}

// Every cut and many random changes of a valid message: the decoders say yes or no, and do not fall
// over.
TEST(DirectoryMessages, DamagedBytesAreSurvived) {
  const Bytes good = encode(some_question());
  for (std::size_t length = 0; length < good.size(); ++length) {
    decode_directory_question(ByteView(good).first(length));
    decode_directory_answer(ByteView(good).first(length));
  }
  Random random(1);
  std::size_t refused = 0;
  for (int i = 0; i < 5000; ++i) {
    Bytes bad = good;
    const std::size_t where = random.below(bad.size());
    bad[where] = static_cast<std::byte>(random.below(256));
    refused += !decode_directory_question(bad);
    decode_directory_change(bad);
    decode_claim(bad);
  }
  EXPECT_GT(refused, 0u);
}

}  // namespace
}  // namespace moshpit
