#include "sim/credentials.hpp"

#include <gtest/gtest.h>

namespace moshpit::sim {
namespace {

TEST(SimCredentials, TheIdIsTheHashOfThePublicKey) {
  const SimCredentials one(Random(1));
  const SimCredentials other(Random(2));
  EXPECT_EQ(one.id(), peer_id_of(one.public_key()));
  EXPECT_NE(one.id(), other.id());
  EXPECT_EQ(one.id(), SimCredentials(Random(1)).id());
}

TEST(SimCredentials, EverybodyVerifiesASignatureAndNobodyForgesOne) {
  const SimCredentials one(Random(1));
  const SimCredentials other(Random(2));
  const Bytes message = to_bytes("a record");
  const Bytes signature = one.sign(message);
  EXPECT_TRUE(other.verify(one.public_key(), message, signature));
  EXPECT_FALSE(other.verify(one.public_key(), as_bytes("a recorD"), signature));
  EXPECT_FALSE(other.verify(other.public_key(), message, signature));
  EXPECT_FALSE(other.verify(one.public_key(), message, other.sign(message)));
  for (std::size_t i = 0; i < signature.size(); ++i) {
    Bytes altered = signature;
    altered[i] ^= std::byte{1};
    EXPECT_FALSE(other.verify(one.public_key(), message, altered));
  }
}

TEST(SimCredentials, RefusesBytesOfTheWrongSize) {
  const SimCredentials one(Random(1));
  const Bytes message = to_bytes("a record");
  Bytes signature = one.sign(message);
  EXPECT_FALSE(one.verify({}, message, signature));
  EXPECT_FALSE(one.verify(one.public_key(), message, {}));
  signature.push_back(std::byte{0});
  EXPECT_FALSE(one.verify(one.public_key(), message, signature));
}

}  // namespace
}  // namespace moshpit::sim
