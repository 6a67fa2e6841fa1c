#include "net/tcp_transport.hpp"

#include <gtest/gtest.h>
#include <vector>

#include "net/tcp_test_stage.hpp"
#include "net/tls.hpp"

namespace moshpit {
namespace {

using Dialled = Result<std::unique_ptr<Link>>;

class TcpTransportTest : public testing::Test {
 protected:
  Dialled dial(TcpPeer& from, const Address& to, std::optional<PeerId> expected = {}) {
    return stage_.run(from.transport().dial(to, expected, stage_.late()));
  }

  // That `peer` is in order: it is dialled and one frame comes through.
  void expect_alive(TcpPeer& peer) {
    TcpPeer visitor(stage_, std::nullopt);
    Dialled link = dial(visitor, peer.address(), peer.id());
    ASSERT_TRUE(link.ok()) << link.error().message();
    auto other = stage_.run(peer.next_link());
    ASSERT_NE(other, nullptr);
    (*link)->send(to_bytes("still there?"), Priority::control);
    EXPECT_EQ(stage_.run(other->receive()), to_bytes("still there?"));
  }

  TcpStage stage_;
};

TEST_F(TcpTransportTest, BothSidesKnowWhomTheyTalkTo) {
  TcpPeer ann(stage_);
  TcpPeer bob(stage_);
  Dialled link = dial(ann, bob.address(), bob.id());
  ASSERT_TRUE(link.ok()) << link.error().message();
  auto other = stage_.run(bob.next_link());
  EXPECT_EQ((*link)->peer(), bob.id());
  EXPECT_EQ(other->peer(), ann.id());
  EXPECT_EQ((*link)->binding(), other->binding());
  EXPECT_EQ((*link)->remote(), bob.address().text());
  EXPECT_EQ(other->remote().substr(0, 10), "127.0.0.1:");
}

TEST_F(TcpTransportTest, AnyPeerIsTakenWhereNoneIsExpected) {
  TcpPeer ann(stage_, std::nullopt);
  TcpPeer bob(stage_);
  EXPECT_TRUE(ann.transport().addresses().empty());
  Dialled link = dial(ann, bob.address());
  ASSERT_TRUE(link.ok());
  EXPECT_EQ((*link)->peer(), bob.id());
}

TEST_F(TcpTransportTest, AnotherPeerThanExpectedIsRefused) {
  TcpPeer ann(stage_);
  TcpPeer bob(stage_);
  const Dialled link = dial(ann, bob.address(), ann.id());
  ASSERT_FALSE(link.ok());
  EXPECT_EQ(link.error().code(), ErrorCode::refused);
  EXPECT_NE(link.error().message().find(bob.id().brief()), std::string::npos);
  expect_alive(bob);
  EXPECT_EQ(bob.waiting(), 0u);
}

TEST_F(TcpTransportTest, SpeaksIpv6) {
  TcpPeer bob(stage_, Address{"::1", 0});
  EXPECT_EQ(bob.address().text().substr(0, 6), "[::1]:");
  expect_alive(bob);
}

TEST_F(TcpTransportTest, NamesAreResolvedAndTriedInOrder) {
  TcpPeer ann(stage_, std::nullopt);
  TcpPeer bob(stage_, Address{"127.0.0.1", 0});
  Dialled link = dial(ann, Address{"localhost", bob.address().port}, bob.id());
  EXPECT_TRUE(link.ok()) << link.error().message();
  TcpPeer named(stage_, Address{"localhost", 0});
  EXPECT_EQ(named.address().host, "localhost");
  expect_alive(named);
}

TEST_F(TcpTransportTest, AWildcardAnswersAddressesThatOthersCanDial) {
  for (const char* host : {"0.0.0.0", "::"}) {
    TcpPeer bob(stage_, Address{host, 0});
    const auto addresses = bob.transport().addresses();
    ASSERT_FALSE(addresses.empty());
    for (const Address& address : addresses) {
      EXPECT_NE(address.host, host);
      EXPECT_NE(address.port, 0);
      TcpPeer ann(stage_, std::nullopt);
      EXPECT_TRUE(dial(ann, address, bob.id()).ok()) << address.text();
    }
  }
}

TEST_F(TcpTransportTest, AnIpv6WildcardHearsIpv4) {
  TcpPeer ann(stage_, std::nullopt);
  TcpPeer bob(stage_, Address{"::", 0});
  ASSERT_TRUE(dial(ann, Address{"127.0.0.1", bob.address().port}, bob.id()).ok());
  EXPECT_EQ(stage_.run(bob.next_link())->remote().substr(0, 10), "127.0.0.1:");
}

TEST_F(TcpTransportTest, APortInUseIsSaidInOneSentence) {
  TcpPeer bob(stage_);
  const Identity identity = Identity::ephemeral();
  const auto second = TcpTransport::listen(stage_.real(), identity, bob.address());
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), ErrorCode::address_in_use);
  EXPECT_NE(second.error().message().find(bob.address().text()), std::string::npos);
  expect_alive(bob);
}

TEST_F(TcpTransportTest, AnAddressOfAnotherMachineCannotBeListenedAt) {
  const Identity identity = Identity::ephemeral();
  for (const char* host : {"203.0.113.9", "no-such-name.invalid"}) {
    const auto transport = TcpTransport::listen(stage_.real(), identity, Address{host, 0});
    ASSERT_FALSE(transport.ok());
    EXPECT_EQ(transport.error().code(), ErrorCode::invalid_argument) << host;
  }
}

TEST_F(TcpTransportTest, NobodyThereIsUnreachable) {
  TcpPeer ann(stage_);
  TcpPeer bob(stage_);
  const Address address = bob.address();
  bob.leave();
  for (const Address& to : {address, Address{"no-such-name.invalid", 4000}}) {
    const Dialled link = dial(ann, to);
    ASSERT_FALSE(link.ok());
    EXPECT_EQ(link.error().code(), ErrorCode::unreachable) << link.error().message();
    EXPECT_NE(link.error().message().find(to.text()), std::string::npos);
  }
}

TEST_F(TcpTransportTest, WhoListensAndNeverAnswersIsUnreachable) {
  asio::ip::tcp::acceptor mute(stage_.real().context(), {asio::ip::make_address("127.0.0.1"), 0});
  TcpPeer ann(stage_);
  const Address address{"127.0.0.1", mute.local_endpoint().port()};
  const Time deadline = stage_.in(100ms);
  const Dialled link = stage_.run(ann.transport().dial(address, std::nullopt, deadline));
  ASSERT_FALSE(link.ok());
  EXPECT_EQ(link.error().code(), ErrorCode::unreachable);
  EXPECT_LT(stage_.loop().now(), deadline + 10s);
}

TEST_F(TcpTransportTest, ForeignBytesAreDroppedAndDisturbNobody) {
  TcpPeer bob(stage_);
  TcpStranger web(stage_, bob.address());
  TcpStranger noise(stage_, bob.address());
  web.say(as_bytes("GET / HTTP/1.1\r\n\r\n"));
  noise.say(Bytes(100000, std::byte{0x16}));
  EXPECT_TRUE(stage_.run(web.dropped(stage_.in(4s))));
  EXPECT_TRUE(stage_.run(noise.dropped(stage_.in(4s))));
  expect_alive(bob);
  EXPECT_EQ(bob.waiting(), 0u);
}

TEST_F(TcpTransportTest, ManySilentStrangersKeepNobodyOut) {
  TcpPeer bob(stage_);
  std::vector<std::unique_ptr<TcpStranger>> strangers;
  for (int i = 0; i < 100; ++i) {
    strangers.push_back(std::make_unique<TcpStranger>(stage_, bob.address()));
  }
  // The first must make room for the last, long before anybody's time is up.
  EXPECT_TRUE(stage_.run(strangers.front()->dropped(stage_.in(3s))));
  expect_alive(bob);
}

TEST_F(TcpTransportTest, AStrangerWhoStopsInTheHandshakeIsDropped) {
  TcpPeer bob(stage_);
  TcpStranger silent(stage_, bob.address());
  TcpStranger half(stage_, bob.address());
  TlsSession session(TlsContext(bob.identity()), TlsRole::dialler, std::nullopt);
  half.say(to_bytes(session.ciphertext()));
  EXPECT_TRUE(stage_.run(silent.dropped(stage_.in(30s))));
  EXPECT_TRUE(stage_.run(half.dropped(stage_.in(30s))));
  EXPECT_EQ(bob.waiting(), 0u);
  expect_alive(bob);
}

TEST_F(TcpTransportTest, ADialThatNobodyWaitsForAnyMoreEnds) {
  TcpPeer ann(stage_);
  TcpPeer bob(stage_);
  for (int turns = 0; turns < 30; ++turns) {
    TaskGroup tasks(stage_.loop());
    Dialled link = Error(ErrorCode::cancelled, "");
    struct Dial {
      static Task<> run(TcpTransport& transport, Address to, Time deadline, Dialled& out) {
        auto result = co_await transport.dial(to, std::nullopt, deadline);
        out = std::move(result);
      }
      static Task<bool> turn(Loop& loop, int times) {
        for (int i = 0; i < times; ++i) co_await loop.yield();
        co_return true;
      }
    };
    tasks.spawn(Dial::run(ann.transport(), bob.address(), stage_.late(), link));
    stage_.run(Dial::turn(stage_.loop(), turns * 40));
  }
  expect_alive(bob);
}

TEST_F(TcpTransportTest, LinksAndDialsOutliveTheirTransport) {
  TcpPeer ann(stage_);
  TcpPeer bob(stage_);
  Dialled link = dial(ann, bob.address());
  ASSERT_TRUE(link.ok());
  auto other = stage_.run(bob.next_link());
  auto dialling = ann.transport().dial(bob.address(), bob.id(), stage_.late());
  ann.leave();
  Dialled second = stage_.run(std::move(dialling));
  EXPECT_TRUE(second.ok());
  bob.leave();
  (*link)->send(to_bytes("without a house"), Priority::bulk);
  EXPECT_EQ(stage_.run(other->receive()), to_bytes("without a house"));
}

}  // namespace
}  // namespace moshpit
