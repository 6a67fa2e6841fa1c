// Peers that find out whether others can dial them, in the simulated world.
#include "net/dial_back.hpp"

#include <chrono>
#include <gtest/gtest.h>
#include <optional>
#include <vector>

#include "net/network_test_swarm.hpp"
#include "wire/net_messages.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

const sim::HostOptions open_host{};
const sim::HostOptions behind_firewall{.outbound_only = true, .unaware = true};

// A member that finds out where it stands.
class Seeker {
 public:
  explicit Seeker(sim::Host& host)
      : member(host), dial_back(member.network), tasks_(member.network.loop()) {}

  void seek(Contact first) { tasks_.spawn(run(std::move(first))); }

  bool advertises() const { return !member.network.self().addresses.empty(); }

  Member member;
  DialBack dial_back;
  std::optional<Duration> took;

 private:
  Task<> run(Contact first) {
    const Time begun = member.network.loop().now();
    const Time deadline = begun + 15s;
    co_await dial_back.consult(first, deadline);
    co_await dial_back.settle(deadline);
    took = member.network.loop().now() - begun;
  }

  TaskGroup tasks_;
};

// Says that it tried, without trying.
class Liar final : public Service {
 public:
  Liar(sim::Host& host, bool answer) : member(host), answer_(answer) {
    member.network.serve(Protocol::dial_back, *this);
  }
  ~Liar() override { member.network.stop_serving(Protocol::dial_back); }

  Task<Bytes> answer(Contact, Bytes) override { co_return encode(DialBackAnswer{answer_}); }
  void hear(const PeerId&, Bytes) override {}
  void disconnected(const PeerId&, LinkEnd) override {}

  Member member;

 private:
  bool answer_;
};

struct Town {
  explicit Town(sim::NetworkModel model = {}, std::uint64_t seed = 1) : world(seed, model) {}

  Seeker& add(const sim::HostOptions& options = open_host) {
    sim::Host& host = world.add_host(options);
    return host.start<Seeker>(host);
  }
  Liar& add_liar(bool answer) {
    sim::Host& host = world.add_host();
    return host.start<Liar>(host, answer);
  }
  void pass(Duration duration) { world.run_until(world.now() + duration); }
  // It knows them before it asks anybody.
  void meet(Seeker& one, const Member& other) {
    one.member.connect(other.contact());
    pass(100ms);
  }
  void seek(Seeker& one, const Member& first) {
    one.seek(first.contact());
    world.run_until([&] { return one.took.has_value(); }, world.now() + 20s);
    ASSERT_TRUE(one.took);
  }

  sim::World world;
};

TEST(DialBack, WhoCanBeDialledGoesOnToSaySo) {
  Town town;
  Seeker& member = town.add();
  Seeker& newcomer = town.add();
  const auto before = newcomer.member.network.counters().links_opened;
  town.seek(newcomer, member.member);
  EXPECT_TRUE(newcomer.advertises());
  EXPECT_EQ(newcomer.dial_back.advice(), "");
  EXPECT_LT(*newcomer.took, 200ms);
  town.pass(10s);
  EXPECT_EQ(newcomer.member.network.counters().links_opened, before + 1) << "a trial is no link";
  EXPECT_TRUE(newcomer.member.lost.empty());
  EXPECT_EQ(newcomer.member.network.counters().links_refused, 0u);
}

TEST(DialBack, WhoCannotBeDialledFindsOutAndSaysWhatToDo) {
  Town town;
  Seeker& member = town.add();
  Seeker& newcomer = town.add(behind_firewall);
  town.meet(newcomer, member.member);  // and so knows how far it is
  town.seek(newcomer, member.member);
  EXPECT_FALSE(newcomer.advertises());
  EXPECT_LT(*newcomer.took, 2s);
  const std::string address = newcomer.member.network.listening().front().text();
  EXPECT_EQ(newcomer.dial_back.advice(),
            "Nobody can connect to " + address +
                " (1 of 1 peers that tried could not), so this peer takes part as one that accepts "
                "no connections. Open this port in the firewall, or forward it on the router and "
                "start with --advertise and the outside HOST:PORT, or start with --outbound-only.");
}

TEST(DialBack, WhoHoldsItsContactForgetsTheAddresses) {
  Town town;
  Seeker& member = town.add();
  Seeker& newcomer = town.add(behind_firewall);
  newcomer.member.connect(member.member.contact());
  town.pass(100ms);
  ASSERT_EQ(member.member.network.connected_peers().size(), 1u);
  EXPECT_FALSE(member.member.network.connected_peers().front().addresses.empty());
  town.seek(newcomer, member.member);
  town.pass(100ms);
  const Contact known = member.member.network.connected_peers().front();
  EXPECT_EQ(known, (Contact{newcomer.member.network.id(), {}}));
  // And who meets it later never hears of any.
  Seeker& third = town.add();
  town.meet(newcomer, third.member);
  EXPECT_EQ(third.member.network.connected_peers(), std::vector{known});
}

TEST(DialBack, WhoWasToAcceptNoConnectionsAsksNobody) {
  Town town;
  Seeker& member = town.add();
  Seeker& newcomer = town.add({.outbound_only = true});
  town.seek(newcomer, member.member);
  EXPECT_EQ(*newcomer.took, 0ms);
  EXPECT_EQ(newcomer.dial_back.advice(), "");
}

// Round trips of 0.3 s, and of the packets one in a hundred is lost.
TEST(DialBack, WhoIsSlowIsNotTakenForUnreachable) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Town town({.latency_min = 140ms, .latency_max = 160ms, .loss = 0.01}, seed);
    Seeker& member = town.add();
    Seeker& newcomer = town.add();
    town.seek(newcomer, member.member);
    ASSERT_TRUE(newcomer.advertises()) << seed;
  }
}

// Whoever lies first, and whichever of the others is asked next.
TEST(DialBack, OneLiarDecidesNothing) {
  for (const bool reachable : {true, false}) {
    Town town;
    Liar& liar = town.add_liar(!reachable);
    Seeker& one = town.add();
    Seeker& other = town.add();
    Seeker& newcomer = town.add(reachable ? open_host : behind_firewall);
    town.meet(newcomer, one.member);
    town.meet(newcomer, other.member);
    town.seek(newcomer, liar.member);
    EXPECT_EQ(newcomer.advertises(), reachable);
    EXPECT_EQ(newcomer.dial_back.advice().empty(), reachable);
  }
}

TEST(DialBack, AMemberThatDoesNotAnswerHasNoOpinion) {
  Town town;
  Seeker& silent = town.add();
  Seeker& newcomer = town.add();
  town.meet(newcomer, silent.member);
  town.world.host(0).freeze();
  town.seek(newcomer, silent.member);
  EXPECT_TRUE(newcomer.advertises());
}

TEST(DialBack, AMemberDialsForAnAskerOnceInAWhile) {
  Town town;
  Seeker& member = town.add();
  Seeker& newcomer = town.add();
  const auto ask = [&] {
    const Bytes question =
        encode(DialBackQuestion{newcomer.member.network.listening(), std::chrono::seconds(1)});
    const int number = newcomer.member.ask(member.member.contact(), std::string(as_text(question)),
                                           5s, Protocol::dial_back);
    town.pass(1s);
    return decode_dial_back_answer(*newcomer.member.outcomes.at(number));
  };
  EXPECT_TRUE(ask());
  EXPECT_FALSE(ask());
  town.pass(10s);
  EXPECT_TRUE(ask());
}

// Somebody else's address is dialled, and whoever answers there is not the asker.
TEST(DialBack, TheAskerMustBeTheOneWhoAnswers) {
  Town town;
  Seeker& member = town.add();
  Seeker& newcomer = town.add(behind_firewall);
  Seeker& third = town.add();
  const Bytes question =
      encode(DialBackQuestion{third.member.network.listening(), std::chrono::seconds(1)});
  const int number = newcomer.member.ask(member.member.contact(), std::string(as_text(question)),
                                         5s, Protocol::dial_back);
  town.pass(2s);
  const auto answer = decode_dial_back_answer(*newcomer.member.outcomes.at(number));
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->reached);
  EXPECT_EQ(third.member.network.connected_peers().size(), 0u);
}

TEST(DialBack, WhoBecomesReachableFindsThatOut) {
  Town town;
  Liar& pessimist = town.add_liar(false);
  Seeker& newcomer = town.add();
  town.seek(newcomer, pessimist.member);
  ASSERT_FALSE(newcomer.advertises());
  Seeker& honest = town.add();
  town.meet(newcomer, honest.member);
  town.pass(6min);
  EXPECT_TRUE(newcomer.advertises());
  EXPECT_EQ(newcomer.dial_back.advice(), "");
  const auto known = honest.member.network.connected_peers();
  ASSERT_EQ(known.size(), 1u);
  EXPECT_EQ(known.front(), newcomer.member.contact());
}

}  // namespace
}  // namespace moshpit
