#include "net/identity.hpp"

#include <array>
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <string>
#include <sys/stat.h>

namespace moshpit {
namespace {

namespace fs = std::filesystem;

class IdentityFile : public testing::Test {
 protected:
  IdentityFile() {
    std::string name = (fs::temp_directory_path() / "moshpit-identity-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    path_ = folder_ / "peer.key";
  }
  ~IdentityFile() override { fs::remove_all(folder_); }

  std::string content() const {
    std::ostringstream text;
    text << std::ifstream(path_).rdbuf();
    return text.str();
  }
  void overwrite(const std::string& text) { std::ofstream(path_, std::ios::trunc) << text; }

  void expect_refused(ErrorCode code, const std::string& words) {
    const auto identity = Identity::load_or_create(path_);
    ASSERT_FALSE(identity.ok());
    EXPECT_EQ(identity.error().code(), code);
    EXPECT_NE(identity.error().message().find(words), std::string::npos)
        << identity.error().message();
    EXPECT_NE(identity.error().message().find(path_.string()), std::string::npos);
  }

  fs::path folder_;
  fs::path path_;
};

Digest digest_of(const std::array<std::uint64_t, 4>& words) {
  Digest digest{};
  for (std::size_t i = 0; i < digest.size(); ++i) {
    digest[i] = static_cast<std::byte>(words[i / 8] >> (56 - 8 * (i % 8)));
  }
  return digest;
}

TEST(Identity, IdIsTheHashOfThePublicKey) {
  const Identity identity = Identity::ephemeral();
  EXPECT_EQ(identity.public_key().size(), 32u);
  EXPECT_EQ(identity.id(), PeerId{sha256(identity.public_key())});
  EXPECT_NE(identity.id(), Identity::ephemeral().id());
}

// RFC 8032, section 7.1, test 1.
TEST(Identity, ASecretMakesTheKeyOfTheStandard) {
  const Digest secret = digest_of({0x9d61b19deffd5a60, 0xba844af492ec2cc4,  //
                                   0x4449c5697b326919, 0x703bac031cae7f60});
  const Digest public_key = digest_of({0xd75a980182b10ab7, 0xd54bfed3c964073a,  //
                                       0x0ee172f3daa62325, 0xaf021a68f707511a});
  EXPECT_EQ(Identity::from_secret(secret).public_key(), to_bytes(public_key));
}

TEST(Identity, SignatureHoldsForThisMessageAndThisKeyOnly) {
  const Identity identity = Identity::ephemeral();
  const Identity other = Identity::ephemeral();
  const Bytes message = to_bytes("the record");
  const Bytes signature = identity.sign(message);
  EXPECT_TRUE(other.verify(identity.public_key(), message, signature));
  EXPECT_FALSE(other.verify(identity.public_key(), as_bytes("the  record"), signature));
  EXPECT_FALSE(other.verify(other.public_key(), message, signature));
  for (std::size_t i = 0; i < signature.size(); ++i) {
    Bytes wrong = signature;
    wrong[i] ^= std::byte{1};
    EXPECT_FALSE(other.verify(identity.public_key(), message, wrong));
  }
}

TEST(Identity, ForeignBytesVerifyNothing) {
  const Identity identity = Identity::ephemeral();
  const Bytes signature = identity.sign(Bytes());
  EXPECT_TRUE(identity.verify(identity.public_key(), Bytes(), signature));
  EXPECT_FALSE(identity.verify(Bytes(), Bytes(), signature));
  EXPECT_FALSE(identity.verify(Bytes(31), Bytes(), signature));
  EXPECT_FALSE(identity.verify(Bytes(32, std::byte{0xff}), Bytes(), signature));
  EXPECT_FALSE(identity.verify(identity.public_key(), Bytes(), Bytes()));
  EXPECT_FALSE(identity.verify(identity.public_key(), Bytes(), Bytes(65)));
}

TEST_F(IdentityFile, IsMadeOnFirstUseAndKept) {
  PeerId id;
  {
    const auto made = Identity::load_or_create(path_);
    ASSERT_TRUE(made.ok()) << made.error().message();
    id = made->id();
  }
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  const auto again = Identity::load_or_create(path_);
  ASSERT_TRUE(again.ok()) << again.error().message();
  EXPECT_EQ(again->id(), id);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST_F(IdentityFile, IsLockedAsLongAsTheIdentityLives) {
  {
    auto first = Identity::load_or_create(path_);
    ASSERT_TRUE(first.ok());
    expect_refused(ErrorCode::invalid_argument, "in use");
    const Identity moved = std::move(first).value();
    expect_refused(ErrorCode::invalid_argument, "in use");
  }
  EXPECT_TRUE(Identity::load_or_create(path_).ok());
}

TEST_F(IdentityFile, IsRefusedIfOthersMayReadIt) {
  ASSERT_TRUE(Identity::load_or_create(path_).ok());
  for (const ::mode_t mode : {0640u, 0604u, 0666u, 0620u}) {
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    expect_refused(ErrorCode::invalid_argument, "chmod 600");
  }
  ASSERT_EQ(::chmod(path_.c_str(), 0400), 0);
  EXPECT_TRUE(Identity::load_or_create(path_).ok());
}

TEST_F(IdentityFile, CutAnywhereIsRefusedAndLeftAlone) {
  ASSERT_TRUE(Identity::load_or_create(path_).ok());
  const std::string whole = content();
  ASSERT_GT(whole.size(), 100u);
  for (std::size_t length = 0; length + 1 < whole.size(); ++length) {
    overwrite(whole.substr(0, length));
    expect_refused(ErrorCode::bad_data, "no whole Ed25519 key");
  }
  EXPECT_EQ(content(), whole.substr(0, whole.size() - 2));
}

TEST_F(IdentityFile, OtherKeysAreRefused) {
  ASSERT_TRUE(Identity::load_or_create(path_).ok());
  // An X25519 key, which cannot sign.
  overwrite(
      "-----BEGIN PRIVATE KEY-----\n"
      "MC4CAQAwBQYDK2VuBCIEIHcHbQpzGKV9PBbBclGyZkXfTC+H68CZKrF3+6UduSwq\n"
      "-----END PRIVATE KEY-----\n");
  expect_refused(ErrorCode::bad_data, "no whole Ed25519 key");
}

TEST_F(IdentityFile, AFolderIsNoKeyFile) {
  fs::create_directory(path_);
  expect_refused(ErrorCode::invalid_argument, "not a file");
}

TEST_F(IdentityFile, AMissingFolderIsSaid) {
  path_ = folder_ / "missing" / "peer.key";
  expect_refused(ErrorCode::io, "Cannot create");
}

}  // namespace
}  // namespace moshpit
