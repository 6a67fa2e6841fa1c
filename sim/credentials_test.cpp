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

TEST(SimCredentials, RealOnesComeFromTheGeneratorTooAndDoNotMixWithThese) {
  const auto simulated = make_credentials(Random(1), false);
  const auto real = make_credentials(Random(1), true);
  EXPECT_EQ(real->id(), make_credentials(Random(1), true)->id());
  EXPECT_NE(real->id(), make_credentials(Random(2), true)->id());
  const Bytes message = to_bytes("a record");
  EXPECT_TRUE(real->verify(real->public_key(), message, real->sign(message)));
  EXPECT_FALSE(real->verify(simulated->public_key(), message, simulated->sign(message)));
  EXPECT_FALSE(simulated->verify(real->public_key(), message, real->sign(message)));
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
