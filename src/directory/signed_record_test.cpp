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
  // Somebody who has it of somebody else brings it.
  std::optional<VerifiedRecord> verify(const SignedRecord& record) {
    return verifier.verify(record, carol.id());
  }
  sim::SimCredentials alice{Random(1)};
  sim::SimCredentials bob{Random(2)};
  sim::SimCredentials carol{Random(3)};
  DirectoryKey key{{std::byte{7}}};
  RecordVerifier verifier{bob};
  OwnRecords own;
};

TEST_F(SignedRecordTest, WhatWasSignedIsRead) {
  const auto record = verify(own.publish(alice, claim(), Time{}));
  ASSERT_TRUE(record);
  EXPECT_EQ(record->claim->key, key);
  EXPECT_EQ(record->publisher(), alice.id());
  EXPECT_EQ(record->record().value, to_bytes("value"));
  EXPECT_EQ(record->version(), (Version{0, 1}));
  EXPECT_EQ(record->record().time_to_live, 60s);
}

TEST_F(SignedRecordTest, NoBitOfItCanBeChanged) {
  const SignedRecord good = own.publish(alice, claim(), Time{});
  ASSERT_TRUE(verify(good));
  const auto every_bit_of = [&](Bytes SealedClaim::*part) {
    for (std::size_t bit = 0; bit < 8 * (good.sealed().*part).size(); ++bit) {
      SealedClaim bad = good.sealed();
      (bad.*part)[bit / 8] ^= std::byte{1} << (bit % 8);
      EXPECT_FALSE(verify({bad, good.remaining}));
    }
  };
  every_bit_of(&SealedClaim::claim);
  every_bit_of(&SealedClaim::public_key);
  every_bit_of(&SealedClaim::signature);
}

TEST_F(SignedRecordTest, NobodySignsForAnother) {
  const SignedRecord forged = sign_record(bob, claim());
  EXPECT_FALSE(verify(forged));
  SealedClaim in_her_name = forged.sealed();
  in_her_name.public_key = alice.public_key();
  EXPECT_FALSE(verify({in_her_name, forged.remaining}));
}

TEST_F(SignedRecordTest, WhatItsPublisherBringsInPersonNeedsNoSignature) {
  SealedClaim sealed = own.publish(alice, claim(), Time{}).sealed();
  sealed.signature[0] ^= std::byte{1};
  EXPECT_FALSE(verifier.verify({sealed, 10s}, carol.id()));
  EXPECT_TRUE(verifier.verify({sealed, 10s}, alice.id()));
  RecordVerifier of_the_next{carol};
  EXPECT_FALSE(of_the_next.verify({sealed, 10s}, bob.id()));
  EXPECT_FALSE(verifier.verify(sign_record(bob, claim()), bob.id())) << "in her name";
}

// Counts how often a signature is looked at.
class CountingCredentials final : public Credentials {
 public:
  explicit CountingCredentials(const Credentials& real) : real_(real) {}
  const PeerId& id() const override { return real_.id(); }
  const Bytes& public_key() const override { return real_.public_key(); }
  Bytes sign(ByteView message) const override { return real_.sign(message); }
  bool verify(ByteView key, ByteView message, ByteView signature) const override {
    ++looks;
    return real_.verify(key, message, signature);
  }
  mutable std::size_t looks = 0;

 private:
  const Credentials& real_;
};

TEST_F(SignedRecordTest, WhoBringsTheBeginningOfAnothersSignatureDoesNotKeepThatFromMemory) {
  const CountingCredentials counting(carol);
  RecordVerifier mine{counting};
  const SignedRecord good = own.publish(alice, claim(), Time{});
  RecordClaim of_bob = claim();
  of_bob.publisher = Contact{bob.id(), {}};
  SealedClaim copied = sign_record(bob, of_bob).sealed();
  copied.signature = good.sealed().signature;
  EXPECT_TRUE(mine.verify({copied, 10s}, bob.id()));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(mine.verify(good, bob.id()));
  EXPECT_EQ(counting.looks, 1u);
}

TEST_F(SignedRecordTest, LessMayRemainThanWasSignedAndNotMore) {
  SignedRecord record = own.publish(alice, claim(), Time{});
  record.remaining = 10s;
  ASSERT_TRUE(verify(record));
  EXPECT_EQ(verify(record)->record().time_to_live, 10s);
  record.remaining = 60s + 1ms;
  EXPECT_FALSE(verify(record));
}

TEST_F(SignedRecordTest, TheMemoryOfTheVerifierIsNotFooled) {
  const SignedRecord good = own.publish(alice, claim(), Time{});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(verify(good));
  SealedClaim bad = good.sealed();
  bad.signature = own.publish(alice, claim(), Time{}).sealed().signature;
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(verify({bad, good.remaining}));
}

TEST_F(SignedRecordTest, ARestartedPeerGoesOnAboveWhatItIsShown) {
  OwnRecords before;
  for (int i = 0; i < 56; ++i) before.publish(alice, claim(), Time{});
  const SignedRecord old = before.publish(alice, claim(), Time{});
  const SignedRecord fresh = own.publish(alice, claim(), Time{});
  EXPECT_TRUE(own.shown(*verify(old)));
  const auto again = verify(own.publish(alice, claim(), Time{}));
  EXPECT_EQ(again->version(), (Version{1, 58}));
  EXPECT_FALSE(own.shown(*again));
  EXPECT_FALSE(own.shown(*verify(fresh)));
}

TEST_F(SignedRecordTest, ARestartedPeerNoticesAnOldRecordOfTheSameVersion) {
  OwnRecords before;
  RecordClaim other = claim();
  other.value = to_bytes("another value");
  const SignedRecord old = before.publish(alice, other, Time{});
  own.publish(alice, claim(), Time{});
  EXPECT_TRUE(own.shown(*verify(old)));
  const auto again = verify(own.publish(alice, claim(), Time{}));
  EXPECT_GT(again->version(), verify(old)->version());
}

TEST_F(SignedRecordTest, ItsOwnNewerRecordIsNoSignOfARestart) {
  const SignedRecord first = own.publish(alice, claim(), Time{});
  const SignedRecord second = own.publish(alice, claim(), Time{});
  EXPECT_FALSE(own.shown(*verify(second)));
  EXPECT_FALSE(own.shown(*verify(first)));
}

}  // namespace
}  // namespace moshpit
