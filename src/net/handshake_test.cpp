#include "net/handshake.hpp"

#include <gtest/gtest.h>

namespace moshpit {
namespace {

const Bytes binding = to_bytes("the link's binding, 32 bytes....");
const PeerId prover{sha256(as_bytes("prover"))};

Membership membership() {
  Membership out;
  out.run = RunId{sha256(as_bytes("run"))};
  out.secret = to_bytes("secret");
  return out;
}

Hello proven_hello(const Membership& member) {
  Hello hello;
  hello.run = member.run;
  hello.sender.id = prover;
  hello.proof = prove_membership(member, binding, Role::dialler, prover);
  return hello;
}

TEST(Handshake, AcceptsAMember) {
  const Membership run = membership();
  EXPECT_EQ(judge(proven_hello(run), run, binding, Role::dialler, prover), std::nullopt);
}

TEST(Handshake, TheProofIsWorthlessAnywhereElse) {
  const Membership run = membership();
  const Hello hello = proven_hello(run);
  const PeerId other{sha256(as_bytes("other"))};
  const auto refused = RefusalReason::not_a_member;
  EXPECT_EQ(judge(hello, run, to_bytes("another link"), Role::dialler, prover), refused);
  EXPECT_EQ(judge(hello, run, binding, Role::acceptor, prover), refused);
  EXPECT_EQ(judge(hello, run, binding, Role::dialler, other), refused);
}

TEST(Handshake, AWrongSecretAndAnotherRunLookTheSame) {
  Membership elsewhere = membership();
  elsewhere.secret = to_bytes("guess");
  const auto refused = RefusalReason::not_a_member;
  EXPECT_EQ(judge(proven_hello(elsewhere), membership(), binding, Role::dialler, prover), refused);
  elsewhere = membership();
  elsewhere.run = RunId{sha256(as_bytes("another run"))};
  EXPECT_EQ(judge(proven_hello(elsewhere), membership(), binding, Role::dialler, prover), refused);
}

TEST(Handshake, EveryBitOfTheProofCounts) {
  const Membership run = membership();
  for (std::size_t bit = 0; bit < 256; ++bit) {
    Hello hello = proven_hello(run);
    hello.proof[bit / 8] ^= std::byte{1} << (bit % 8);
    ASSERT_TRUE(judge(hello, run, binding, Role::dialler, prover)) << bit;
  }
}

TEST(Handshake, AContactOfSomebodyElseIsRefused) {
  const Membership run = membership();
  Hello hello = proven_hello(run);
  hello.sender.id = PeerId{sha256(as_bytes("other"))};
  EXPECT_TRUE(judge(hello, run, binding, Role::dialler, prover));
}

TEST(Handshake, SaysWhatToDo) {
  const Error wrong_version = explain({RefusalReason::wrong_version, 7}, "192.0.2.7:4000");
  EXPECT_EQ(wrong_version.code(), ErrorCode::incompatible);
  EXPECT_NE(wrong_version.message().find("version 7"), std::string::npos);
  const Error no_member = explain({RefusalReason::not_a_member, 1}, "192.0.2.7:4000");
  EXPECT_EQ(no_member.code(), ErrorCode::refused);
  EXPECT_EQ(no_member.message().substr(0, 30), "The peer at 192.0.2.7:4000 bel");
}

}  // namespace
}  // namespace moshpit
