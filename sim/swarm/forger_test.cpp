// Sixty-four peers with the Ed25519 of the real world fill a grid and average, while a stranger
// without the run's secret knocks at each of them, and then, as a member, says in the names of
// others that every cell is taken.
#include <algorithm>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "average/claims.hpp"
#include "directory/distance.hpp"
#include "directory/signed_record.hpp"
#include "sim/swarm/round_tally.hpp"
#include "sim/swarm/swarm_peer.hpp"

namespace moshpit::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t peers = 64;
const Grid grid = *Grid::create(8, 2);
const RunId run{sha256(as_bytes("a run that somebody wants to spoil"))};

Membership membership_with(std::string_view secret) { return {run, to_bytes(secret), false}; }

// Signs in another's name with a key of its own.
class ForgedCredentials final : public Credentials {
 public:
  ForgedCredentials(const Credentials& own, const Credentials& victim)
      : own_(own), victim_(victim) {}

  const PeerId& id() const override { return victim_.id(); }
  const Bytes& public_key() const override { return victim_.public_key(); }
  Bytes sign(ByteView message) const override { return own_.sign(message); }
  bool verify(ByteView key, ByteView message, ByteView signature) const override {
    return own_.verify(key, message, signature);
  }

 private:
  const Credentials& own_;
  const Credentials& victim_;
};

Contact contact_of(const Host& host) { return {host.id(), {host.address()}}; }

class Forger {
 public:
  Forger(Host& host, std::vector<const Host*> others)
      : loop_(host.loop()), host_(host), others_(std::move(others)), tasks_(host.loop()) {
    tasks_.spawn(knock());
  }

  std::size_t refused() const { return refused_; }  // at the door
  std::size_t told() const { return told_; }        // questions with forged records, answered

 private:
  Task<> knock() {
    network_.emplace(loop_, host_.transport(), host_.credentials(), membership_with("a guess"));
    for (const Host* other : others_) {
      const Time deadline = loop_.now() + 1s;
      const auto outcome = co_await network_->connect_to(other->address(), deadline);
      if (!outcome && outcome.error().code() == ErrorCode::refused) ++refused_;
    }
    network_.reset();
    network_.emplace(loop_, host_.transport(), host_.credentials(), membership_with("secret"));
    while (true) {
      co_await spread_lies();
      co_await loop_.sleep_for(500ms);
    }
  }

  Task<> spread_lies() {
    for (std::uint64_t cell = 0; cell < grid.side(); ++cell) {
      const DirectoryQuestion lie = lie_about(GridKey::at_place(grid, cell));
      const Bytes question = encode(lie);
      const std::vector<Contact> holders = holders_of(lie.key);
      for (const Contact& holder : holders) {
        const Time deadline = loop_.now() + 1s;
        const auto answer = co_await network_->ask(holder, Protocol::directory, question, deadline);
        if (answer) ++told_;
      }
    }
  }

  // As many residents as the cell has places.
  DirectoryQuestion lie_about(const GridKey& cell) const {
    DirectoryQuestion question;
    question.key = cell.directory_key(run, RoundTime{1, 0});
    for (std::size_t i = 0; i < grid.side(); ++i) {
      const Host& victim = *others_[i];
      const RecordClaim claim{
          question.key, contact_of(victim), claim_value(ClaimKind::resident), 1000, 1, 20s};
      const ForgedCredentials forged(host_.credentials(), victim.credentials());
      question.records.push_back(sign_record(forged, claim));
    }
    return question;
  }

  std::vector<Contact> holders_of(const DirectoryKey& key) const {
    std::vector<Contact> holders;
    for (const Host* other : others_) holders.push_back(contact_of(*other));
    std::ranges::sort(holders, [&](const Contact& one, const Contact& other) {
      return closer(one.id, other.id, key);
    });
    holders.resize(replication);
    return holders;
  }

  Loop& loop_;
  Host& host_;
  std::vector<const Host*> others_;
  std::optional<Network> network_;
  std::size_t refused_ = 0;
  std::size_t told_ = 0;
  TaskGroup tasks_;
};

class Swarm64 {
 public:
  Swarm64() : world_(11), judge_(findings_, 1000), tally_(grid) {
    for (std::size_t i = 0; i <= peers; ++i) world_.add_host({.real_signatures = true});
    for (std::size_t i = 0; i < peers; ++i) add_peer(world_.host(i));
  }

  Forger& add_forger() {
    std::vector<const Host*> others;
    for (std::size_t i = 0; i < peers; ++i) others.push_back(&world_.host(i));
    return world_.host(peers).start<Forger>(world_.host(peers), std::move(others));
  }

  bool all(bool (SwarmPeer::*is)() const, Duration patience) {
    const auto holds = [&] {
      return std::ranges::all_of(peers_, [is](const SwarmPeer* peer) { return (peer->*is)(); });
    };
    return world_.run_until(holds, world_.now() + patience);
  }

  void begin() {
    for (SwarmPeer* peer : peers_) tally_.brings(peer->values(), 1);
    for (SwarmPeer* peer : peers_) peer->begin();
  }

  const std::vector<Finding>& findings() const { return findings_.all(); }
  const std::vector<RoundRow>& rounds() { return tally_.rows(); }

 private:
  void add_peer(Host& host) {
    SwarmPeerOptions options;
    options.membership = membership_with("secret");
    options.plan.grid = grid;
    options.plan.model = "forged";
    options.plan.elements = 100;
    if (!peers_.empty()) options.entrance = {world_.host(0).address()};
    options.steps = 1;
    options.works = false;
    options.goes_on = false;
    options.on_round_ended = [this](const RoundReport& report, const WeightedVector& vector) {
      tally_.ended(report, vector);
    };
    peers_.push_back(&host.start<SwarmPeer>(host, std::move(options), judge_, findings_, offered_));
  }

  Findings findings_;
  World world_;
  RoundJudge judge_;
  RoundTally tally_;
  Offered offered_;
  std::vector<SwarmPeer*> peers_;
};

TEST(Forger, IsRefusedAndTheOthersAverageExactly) {
  Swarm64 swarm;
  const Forger& forger = swarm.add_forger();
  ASSERT_TRUE(swarm.all(&SwarmPeer::joined, 60s));
  ASSERT_TRUE(swarm.all(&SwarmPeer::placed, 60s));
  EXPECT_EQ(forger.refused(), peers);
  EXPECT_GT(forger.told(), 0u);
  swarm.begin();
  ASSERT_TRUE(swarm.all(&SwarmPeer::done, 60s));
  for (const Finding& finding : swarm.findings()) ADD_FAILURE() << finding.sentence;
  ASSERT_EQ(swarm.rounds().size(), 3u);
  EXPECT_EQ(swarm.rounds().back().in_full, peers);
  EXPECT_LE(swarm.rounds().back().max_error, 1e-6);
}

}  // namespace
}  // namespace moshpit::sim
