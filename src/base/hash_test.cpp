#include "base/hash.hpp"

#include <gtest/gtest.h>
#include <string>

#include "moshpit/ids.hpp"

namespace moshpit {
namespace {

std::string hex(const Digest& digest) { return Id<struct AnyTag>{digest}.text(); }

// FIPS 180-4, examples.
TEST(Hash, Sha256KnownAnswers) {
  EXPECT_EQ(hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256(as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(sha256(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

// RFC 4231, test cases 1, 2 and 6 (a key longer than a block).
TEST(Hash, HmacKnownAnswers) {
  EXPECT_EQ(hex(hmac_sha256(Bytes(20, std::byte{0x0b}), as_bytes("Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(hmac_sha256(Bytes(131, std::byte{0xaa}),
                            as_bytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Hash, HmacOfNothingWithAnEmptyKey) {
  EXPECT_EQ(hex(hmac_sha256({}, {})),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Hasher, FieldsDoNotRunIntoEachOther) {
  const Digest one = Hasher().add(as_bytes("ab")).add(as_bytes("c")).digest();
  EXPECT_NE(one, Hasher().add(as_bytes("a")).add(as_bytes("bc")).digest());
  EXPECT_NE(one, Hasher().add(as_bytes("abc")).digest());
  EXPECT_NE(one, Hasher().add(as_bytes("abc")).add(as_bytes("")).digest());
  EXPECT_NE(one, Hasher().add(as_bytes("c")).add(as_bytes("ab")).digest());
  EXPECT_EQ(one, Hasher().add(as_bytes("ab")).add(as_bytes("c")).digest());
}

TEST(Hasher, HashesTheLengthInFront) {
  Bytes expected;
  append_little_endian<std::uint64_t>(expected, 2);
  append(expected, as_bytes("ab"));
  append_little_endian<std::uint64_t>(expected, 8);
  append_little_endian<std::uint64_t>(expected, 77);
  EXPECT_EQ(Hasher().add(as_bytes("ab")).add(77).digest(), sha256(expected));
}

}  // namespace
}  // namespace moshpit
