// RoundWorld: a group of peers in the simulated world that run all-reduces, with faults. For tests
// only.
#pragma once

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "base/hash.hpp"
#include "loop/task_group.hpp"
#include "net/network.hpp"
#include "reduce/all_reduce.hpp"
#include "reduce/round_table.hpp"
#include "sim/world.hpp"

namespace moshpit {

// One peer: the program that runs on a simulated host.
class Participant {
 public:
  Participant(sim::Host& host, const Member& member)
      : vector(member.values, 1),
        network(host.loop(), host.transport(), host.credentials(), membership()),
        all_reduce(network, 1e6),
        tasks_(host.loop()) {
    vector.weights = member.weights;
  }

  static Membership membership() {
    return Membership{RunId{sha256(as_bytes("test"))}, to_bytes("secret"), false};
  }

  void begin(Group group) {
    report.reset();
    tasks_.spawn(run(std::move(group)));
  }

  void meet(Contact other) { tasks_.spawn(link_to(std::move(other))); }

  WeightedVector vector;
  std::optional<RoundReport> report;
  std::optional<RoundLimits> limits;
  Network network;
  AllReduce all_reduce;

 private:
  Task<> link_to(Contact other) {
    const Time deadline = network.loop().now() + std::chrono::seconds(1);
    co_await network.connect(std::move(other), deadline);
  }

  Task<> run(Group group) {
    limits = all_reduce.limits(group, vector.values.size());
    const RoundLimits fixed = *limits;
    auto done = co_await all_reduce.reduce(group, vector, fixed);
    report = std::move(done);
  }

  TaskGroup tasks_;
};

class RoundWorld {
 public:
  // `lines`: bytes a second of each member, in either direction; empty: what the model says.
  RoundWorld(std::uint64_t seed, std::size_t count, std::size_t elements,
             sim::NetworkModel model = {}, std::vector<std::size_t> outbound_only = {},
             std::vector<double> lines = {})
      : world(seed, model), begun(count), random_(seed + 1) {
    before = random_members(count, elements, random_);
    for (std::size_t i = 0; i < count; ++i) {
      const bool hidden =
          std::find(outbound_only.begin(), outbound_only.end(), i) != outbound_only.end();
      sim::HostOptions options{hidden};
      if (!lines.empty()) options.bytes_per_second_up = options.bytes_per_second_down = lines[i];
      sim::Host& host = world.add_host(options);
      Contact contact{host.id(), {}};
      if (!hidden) contact.addresses.push_back(host.address());
      members.push_back(contact);
      peers.push_back(&host.start<Participant>(host, before[i]));
    }
  }

  static RoundId id_of(unsigned round) {
    return RoundId{sha256(as_bytes("round " + std::to_string(round)))};
  }

  // All have links to each other before they begin.
  void introduce() {
    for (std::size_t i = 0; i < peers.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) peers[i]->meet(members[j]);
    }
    world.run_until(world.now() + std::chrono::seconds(1));
  }

  // Everybody starts the round, some a moment later than others; but not `absent`, who does not
  // know of it.
  void begin(unsigned round = 0, std::optional<std::size_t> absent = std::nullopt) {
    for (std::size_t i = 0; i < peers.size(); ++i) {
      if (i == absent) continue;
      Group group;
      group.id = id_of(round);
      group.members = members;
      group.bandwidths = bandwidths;
      group.self = i;
      const auto delay = Duration(static_cast<Duration::rep>(random_.below(20'000'000)));
      world.at(world.now() + delay, [this, i, group] {
        if (!world.host(i).running()) return;
        peers[i]->begin(group);
        begun[i] = true;
      });
    }
  }

  // Whether everybody who runs has returned.
  bool returned() {
    for (std::size_t i = 0; i < peers.size(); ++i) {
      if (alive(i) && !peers[i]->report) return false;
    }
    return true;
  }
  bool finish(Duration patience) {
    world.run_until(world.now() + std::chrono::milliseconds(21));
    return world.run_until([this] { return returned(); }, world.now() + patience);
  }

  // A crashed participant is destroyed, and a frozen one is still.
  bool alive(std::size_t i) { return world.host(i).running() && begun[i]; }
  Member after(std::size_t i) { return peers[i]->vector; }

  // R1, R2 and R4 for everybody who runs.
  void judge() {
    for (std::size_t i = 0; i < peers.size(); ++i) {
      if (!alive(i)) continue;
      ASSERT_TRUE(peers[i]->report) << "member " << i << " has not returned";
      judge_member(before, i, after(i), peers[i]->report->chunks);
      EXPECT_LE(peers[i]->report->reducing, peers[i]->limits->round);
      for (std::size_t j = 0; j < i; ++j) {
        if (!alive(j)) continue;
        if (!peers[i]->report->view[j] || !peers[j]->report->view[i]) continue;
        judge_agreement(after(i), peers[i]->report->chunks, after(j), peers[j]->report->chunks);
      }
    }
  }

  sim::World world;
  std::vector<Member> before;
  std::vector<Contact> members;
  std::vector<std::uint64_t> bandwidths;  // as the group is told
  std::vector<Participant*> peers;
  std::vector<bool> begun;

 private:
  Random random_;
};

}  // namespace moshpit
