#include "directory/signed_record.hpp"

#include <gtest/gtest.h>

#include "sim/credentials.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

struct SignedRecordTest : testing::Test {
  RecordClaim claim(Duration time_to_live = 60s) const {
    return RecordClaim{key, Contact{alice.id(), {}}, to_bytes("value"), 0, 0, time_to_live};
  }
  sim::SimCredentials alice{Random(1)};
  sim::SimCredentials bob{Random(2)};
  DirectoryKey key{{std::byte{7}}};
  RecordVerifier verifier{bob};
  OwnRecords own;
};

TEST_F(SignedRecordTest, WhatWasSignedIsRead) {
  const auto record = verifier.verify(own.publish(alice, claim(), Time{}));
  ASSERT_TRUE(record);
  EXPECT_EQ(record->key, key);
  EXPECT_EQ(record->record.publisher.id, alice.id());
  EXPECT_EQ(record->record.value, to_bytes("value"));
  EXPECT_EQ(version_of(record->record), (Version{0, 1}));
  EXPECT_EQ(record->record.time_to_live, 60s);
}

TEST_F(SignedRecordTest, NoBitOfItCanBeChanged) {
  const SignedRecord good = own.publish(alice, claim(), Time{});
  const auto every_bit_of = [&](Bytes SignedRecord::*part) {
    for (std::size_t bit = 0; bit < 8 * (good.*part).size(); ++bit) {
      SignedRecord bad = good;
      (bad.*part)[bit / 8] ^= std::byte{1} << (bit % 8);
      EXPECT_FALSE(verifier.verify(bad));
    }
  };
  every_bit_of(&SignedRecord::claim);
  every_bit_of(&SignedRecord::public_key);
  every_bit_of(&SignedRecord::signature);
}

TEST_F(SignedRecordTest, NobodySignsForAnother) {
  SignedRecord forged = sign_record(bob, claim());
  EXPECT_FALSE(verifier.verify(forged));
  forged.public_key = alice.public_key();
  EXPECT_FALSE(verifier.verify(forged));
}

TEST_F(SignedRecordTest, LessMayRemainThanWasSignedAndNotMore) {
  SignedRecord record = own.publish(alice, claim(), Time{});
  record.remaining = 10s;
  ASSERT_TRUE(verifier.verify(record));
  EXPECT_EQ(verifier.verify(record)->record.time_to_live, 10s);
  record.remaining = 60s + 1ms;
  EXPECT_FALSE(verifier.verify(record));
}

TEST_F(SignedRecordTest, TheMemoryOfTheVerifierIsNotFooled) {
  const SignedRecord good = own.publish(alice, claim(), Time{});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(verifier.verify(good));
  SignedRecord bad = good;
  bad.signature = own.publish(alice, claim(), Time{}).signature;
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(verifier.verify(bad));
}

TEST_F(SignedRecordTest, ARestartedPeerGoesOnAboveWhatItIsShown) {
  OwnRecords before;
  SignedRecord old;
  for (int i = 0; i < 57; ++i) old = before.publish(alice, claim(), Time{});
  const SignedRecord fresh = own.publish(alice, claim(), Time{});
  EXPECT_TRUE(own.shown(*verifier.verify(old)));
  const auto again = verifier.verify(own.publish(alice, claim(), Time{}));
  EXPECT_EQ(version_of(again->record), (Version{1, 58}));
  EXPECT_FALSE(own.shown(*again));
  EXPECT_FALSE(own.shown(*verifier.verify(fresh)));
}

TEST_F(SignedRecordTest, ARestartedPeerNoticesAnOldRecordOfTheSameVersion) {
  OwnRecords before;
  RecordClaim other = claim();
  other.value = to_bytes("another value");
  const SignedRecord old = before.publish(alice, other, Time{});
  own.publish(alice, claim(), Time{});
  EXPECT_TRUE(own.shown(*verifier.verify(old)));
  const auto again = verifier.verify(own.publish(alice, claim(), Time{}));
  EXPECT_GT(version_of(again->record), version_of(verifier.verify(old)->record));
}

TEST_F(SignedRecordTest, ItsOwnNewerRecordIsNoSignOfARestart) {
  const SignedRecord first = own.publish(alice, claim(), Time{});
  const SignedRecord second = own.publish(alice, claim(), Time{});
  EXPECT_FALSE(own.shown(*verifier.verify(second)));
  EXPECT_FALSE(own.shown(*verifier.verify(first)));
}

}  // namespace
}  // namespace moshpit
