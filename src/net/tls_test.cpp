#include "net/tls.hpp"

#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <memory>
#include <openssl/ssl.h>
#include <string>

#include "base/random.hpp"
#include "net/identity.hpp"

namespace moshpit {
namespace {

// What it makes of the bytes, read in pieces that are no records.
Bytes fed(TlsSession& session, ByteView ciphertext) {
  Bytes plaintext;
  std::array<std::byte, 1000> room;
  while (!ciphertext.empty()) {
    const auto inside = session.room();
    const ByteView part = ciphertext.first(std::min(inside.size(), ciphertext.size()));
    std::ranges::copy(part, inside.begin());
    session.feed(part.size());
    ciphertext = ciphertext.subspan(part.size());
    for (std::size_t size = session.read(room); size > 0; size = session.read(room)) {
      append(plaintext, ByteView(room).first(size));
    }
  }
  return plaintext;
}

// What it wants to be carried to the other side.
Bytes said_by(TlsSession& session) {
  Bytes said = to_bytes(session.ciphertext());
  session.ciphertext_sent();
  return said;
}

using State = TlsSession::State;

struct Side {
  Identity identity = Identity::ephemeral();
  TlsContext context{identity};
  TlsContext bare{identity, Cover::plaintext};
};

// Carries ciphertext both ways until neither side has more to say; returns what `to` decrypted.
Bytes carry(TlsSession& one, TlsSession& other) {
  Bytes heard;
  while (one.has_ciphertext() || other.has_ciphertext()) {
    append(heard, fed(other, said_by(one)));
    append(heard, fed(one, said_by(other)));
  }
  return heard;
}

class Tls : public testing::Test {
 protected:
  TlsSession dial(std::optional<PeerId> expected = {}) {
    return TlsSession(ann_.context, TlsRole::dialler, expected);
  }
  TlsSession answer() { return TlsSession(bob_.context, TlsRole::listener, std::nullopt); }

  Side ann_;
  Side bob_;
};

TEST_F(Tls, BothSidesProveTheirKeysAndHoldOneBinding) {
  TlsSession ann = dial(bob_.identity.id());
  TlsSession bob = answer();
  EXPECT_EQ(ann.state(), State::handshaking);
  carry(ann, bob);
  ASSERT_EQ(ann.state(), State::open);
  ASSERT_EQ(bob.state(), State::open);
  EXPECT_EQ(ann.peer(), bob_.identity.id());
  EXPECT_EQ(bob.peer(), ann_.identity.id());
  EXPECT_EQ(ann.binding().size(), 32u);
  EXPECT_EQ(ann.binding(), bob.binding());
  TlsSession again = dial();
  TlsSession again_answered = answer();
  carry(again, again_answered);
  EXPECT_NE(again.binding(), ann.binding());
}

TEST_F(Tls, AnotherPeerThanExpectedIsRefusedAndHearsNothing) {
  TlsSession ann = dial(Identity::ephemeral().id());
  TlsSession bob = answer();
  carry(ann, bob);
  ASSERT_EQ(ann.state(), State::failed);
  EXPECT_EQ(ann.failure().code(), ErrorCode::refused);
  EXPECT_NE(ann.failure().message().find(bob_.identity.id().brief()), std::string::npos);
  EXPECT_EQ(bob.state(), State::failed);
}

TEST_F(Tls, AHandshakeInSingleBytesIsTheSame) {
  TlsSession ann = dial();
  TlsSession bob = answer();
  while (ann.has_ciphertext() || bob.has_ciphertext()) {
    for (std::byte byte : said_by(ann)) fed(bob, ByteView(&byte, 1));
    for (std::byte byte : said_by(bob)) fed(ann, ByteView(&byte, 1));
  }
  EXPECT_EQ(ann.state(), State::open);
  EXPECT_EQ(bob.state(), State::open);
}

TEST_F(Tls, WhatIsSentAtOnceComesWithTheEndOfTheHandshake) {
  TlsSession ann = dial();
  TlsSession bob = answer();
  fed(bob, said_by(ann));
  fed(ann, said_by(bob));
  ASSERT_EQ(ann.state(), State::open);
  ann.write(as_bytes("at once"));
  EXPECT_EQ(as_text(fed(bob, said_by(ann))), "at once");
}

TEST_F(Tls, LargeBatchesPassAlsoAcrossNewKeys) {
  TlsSession ann = dial();
  TlsSession bob = answer();
  carry(ann, bob);
  Bytes batch(TlsSession::write_limit);
  Random(1).fill(batch);
  for (int i = 0; i < 3; ++i) {
    ann.write(batch);
    EXPECT_EQ(carry(ann, bob), batch);
    ann.renew_key();
    bob.renew_key();
    bob.write(as_bytes("back"));
    EXPECT_EQ(as_text(carry(ann, bob)), "back");
  }
}

TEST_F(Tls, EveryChangedByteFailsTheSession) {
  for (std::size_t i = 0; i < 30; ++i) {
    TlsSession ann = dial();
    TlsSession bob = answer();
    carry(ann, bob);
    ann.write(as_bytes("a message"));
    Bytes ciphertext = said_by(ann);
    ASSERT_GT(ciphertext.size(), i);
    ciphertext[i] ^= std::byte{1};
    EXPECT_TRUE(fed(bob, ciphertext).empty()) << i;
    // A length that grew waits for the rest of its record, and then fails.
    fed(bob, Bytes(1000));
    EXPECT_EQ(bob.state(), State::failed) << i;
  }
}

TEST_F(Tls, EveryChangedByteOfAHandshakeIsSurvived) {
  TlsSession ann = dial();
  const Bytes hello = said_by(ann);
  for (std::size_t i = 0; i < hello.size(); ++i) {
    TlsSession bob = answer();
    Bytes wrong = hello;
    wrong[i] ^= std::byte{0x55};
    fed(bob, wrong);
    EXPECT_NE(bob.state(), State::open);
  }
}

TEST_F(Tls, ForeignBytesFailTheSession) {
  for (const char* text :
       {"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n"}) {
    TlsSession bob = answer();
    EXPECT_TRUE(fed(bob, as_bytes(text)).empty());
    ASSERT_EQ(bob.state(), State::failed);
    EXPECT_EQ(bob.failure().code(), ErrorCode::refused);
  }
  Random random(7);
  for (int i = 0; i < 200; ++i) {
    Bytes noise(1 + random.below(2000));
    random.fill(noise);
    TlsSession bob = answer();
    TlsSession ann = dial();
    fed(bob, noise);
    fed(ann, noise);
    EXPECT_NE(bob.state(), State::open);
    EXPECT_NE(ann.state(), State::open);
  }
}

TEST_F(Tls, WhatComesAfterAFailureIsThrownAway) {
  TlsSession bob = answer();
  fed(bob, as_bytes("GET / HTTP/1.1"));
  ASSERT_EQ(bob.state(), State::failed);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(fed(bob, Bytes(1000)).empty());
  EXPECT_EQ(bob.state(), State::failed);
}

TEST_F(Tls, PlaintextPassesBareBehindTheHandshakeThatProvesTheKeys) {
  TlsSession ann(ann_.bare, TlsRole::dialler, bob_.identity.id());
  TlsSession bob(bob_.bare, TlsRole::listener, std::nullopt);
  fed(bob, said_by(ann));
  fed(ann, said_by(bob));
  ASSERT_EQ(ann.state(), State::open);
  ann.write(as_bytes("at once"));  // comes in one piece with the end of the handshake
  EXPECT_EQ(as_text(fed(bob, said_by(ann))), "at once");
  ASSERT_EQ(bob.state(), State::open);
  EXPECT_EQ(bob.peer(), ann_.identity.id());
  EXPECT_EQ(ann.binding(), bob.binding());
  bob.write(as_bytes("as it is"));
  const Bytes carried = said_by(bob);
  EXPECT_EQ(as_text(carried), "as it is");
  EXPECT_EQ(fed(ann, carried), carried);
  EXPECT_FALSE(bob.has_ciphertext());
}

TEST_F(Tls, WhoEncryptsAndWhoDoesNotRefuseOneAnother) {
  for (const bool dialler_encrypts : {true, false}) {
    TlsSession ann(dialler_encrypts ? ann_.context : ann_.bare, TlsRole::dialler, std::nullopt);
    TlsSession bob(dialler_encrypts ? bob_.bare : bob_.context, TlsRole::listener, std::nullopt);
    carry(ann, bob);
    for (const TlsSession* session : {&ann, &bob}) {
      ASSERT_EQ(session->state(), State::failed);
      EXPECT_NE(session->failure().message().find("for measuring only"), std::string::npos);
    }
  }
}

// A dialler made of plain OpenSSL, which does what ours never does.
struct Stranger {
  explicit Stranger(int version, const std::string& protocol = "\x09moshpit/1")
      : context(SSL_CTX_new(TLS_method()), SSL_CTX_free) {
    SSL_CTX_set_max_proto_version(context.get(), version);
    SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<const unsigned char*>(protocol.data()),
                            protocol.size());
    ssl = {SSL_new(context.get()), SSL_free};
    SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl.get());
  }

  void talk_to(TlsSession& session) {
    for (int i = 0; i < 4; ++i) {
      SSL_do_handshake(ssl.get());
      Bytes out(BIO_ctrl_pending(SSL_get_wbio(ssl.get())));
      BIO_read(SSL_get_wbio(ssl.get()), out.data(), static_cast<int>(out.size()));
      fed(session, out);
      const Bytes back = said_by(session);
      BIO_write(SSL_get_rbio(ssl.get()), back.data(), static_cast<int>(back.size()));
    }
  }

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl{nullptr, SSL_free};
};

TEST_F(Tls, OldVersionsAreRefused) {
  Stranger stranger(TLS1_2_VERSION);
  TlsSession bob = answer();
  stranger.talk_to(bob);
  EXPECT_EQ(bob.state(), State::failed);
}

TEST_F(Tls, WhoShowsNoCertificateIsRefused) {
  Stranger stranger(TLS1_3_VERSION);
  TlsSession bob = answer();
  stranger.talk_to(bob);
  EXPECT_EQ(bob.state(), State::failed);
}

TEST_F(Tls, WhoNamesNoProtocolIsRefused) {
  Stranger stranger(TLS1_3_VERSION, "");
  SSL_use_certificate(stranger.ssl.get(), ann_.identity.certificate());
  SSL_use_PrivateKey(stranger.ssl.get(), ann_.identity.private_key());
  TlsSession bob = answer();
  stranger.talk_to(bob);
  EXPECT_EQ(bob.state(), State::failed);
}

TEST_F(Tls, ACertificateSignedByAnotherKeyIsRefused) {
  const std::unique_ptr<X509, decltype(&X509_free)> forged(X509_dup(ann_.identity.certificate()),
                                                           X509_free);
  X509_sign(forged.get(), bob_.identity.private_key(), nullptr);
  for (X509* certificate : {forged.get(), ann_.identity.certificate()}) {
    Stranger stranger(TLS1_3_VERSION);
    SSL_use_certificate(stranger.ssl.get(), certificate);
    SSL_use_PrivateKey(stranger.ssl.get(), ann_.identity.private_key());
    TlsSession bob = answer();
    stranger.talk_to(bob);
    EXPECT_EQ(bob.state(), certificate == forged.get() ? State::failed : State::open);
  }
}

TEST_F(Tls, ThereIsNothingToResumeAndTheFastCipherIsTaken) {
  Stranger stranger(TLS1_3_VERSION);
  SSL_use_certificate(stranger.ssl.get(), ann_.identity.certificate());
  SSL_use_PrivateKey(stranger.ssl.get(), ann_.identity.private_key());
  TlsSession bob = answer();
  stranger.talk_to(bob);
  ASSERT_EQ(bob.state(), State::open);
  EXPECT_EQ(SSL_SESSION_has_ticket(SSL_get_session(stranger.ssl.get())), 0);
  EXPECT_STREQ(SSL_get_cipher_name(stranger.ssl.get()), "TLS_AES_128_GCM_SHA256");
}

}  // namespace
}  // namespace moshpit
