// A peer of the simulated world with nothing but a directory, for the tests beside. The world's
// thread.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "base/sanitized.hpp"
#include "directory/kademlia.hpp"
#include "sim/world.hpp"

namespace moshpit {

// What became of a call: filled in by a coroutine, read by the test.
struct Call {
  bool done = false;
  bool ok = false;  // of bootstrap
  std::vector<Record> records;
  Time began{};
  Time ended{};
  std::uint64_t links = 0;      // opened meanwhile
  std::uint64_t questions = 0;  // asked meanwhile
  std::uint64_t hops = 0;

  bool has(const PeerId& publisher, std::string_view value) const {
    return std::any_of(records.begin(), records.end(), [&](const Record& record) {
      return record.publisher.id == publisher && as_text(record.value) == value;
    });
  }
};

class TestPeer {
 public:
  explicit TestPeer(sim::Host& host)
      : network(host.loop(), host.transport(), host.credentials(), membership(host)),
        directory(network),
        tasks_(host.loop()) {}

  // The returned call lives as long as the peer.
  Call& join(std::vector<Contact> known) {
    return start([&](Call& call) { return run_join(call, std::move(known)); });
  }
  Call& announce(const DirectoryKey& key, std::string value, Duration time_to_live) {
    return start([&](Call& call) { return run_announce(call, key, value, time_to_live); });
  }
  Call& publish(const DirectoryKey& key, std::string value, Duration time_to_live) {
    return start([&](Call& call) { return run_publish(call, key, value, time_to_live); });
  }
  Call& look_up(const DirectoryKey& key) {
    return start([&](Call& call) { return run_look_up(call, key); });
  }

  Contact contact() const { return network.self(); }

  Network network;
  KademliaDirectory directory;

 private:
  static Membership membership(sim::Host& host) {
    return Membership{RunId{}, to_bytes("secret"), host.transport().addresses().empty()};
  }

  Call& start(const std::function<Task<>(Call&)>& make) {
    Call& call = calls_.emplace_back();
    tasks_.spawn(make(call));
    return call;
  }

  // From inside the loop: outside, its time is that of its last event.
  void begin(Call& call) {
    call.began = network.loop().now();
    call.links = network.counters().links_opened;
    call.questions = directory.counters().questions;
    call.hops = directory.counters().hops;
  }

  void finish(Call& call) {
    call.ended = network.loop().now();
    call.links = network.counters().links_opened - call.links;
    call.questions = directory.counters().questions - call.questions;
    call.hops = directory.counters().hops - call.hops;
    call.done = true;
  }

  Task<> run_join(Call& call, std::vector<Contact> known) {
    begin(call);
    auto outcome = co_await directory.bootstrap(known);
    call.ok = outcome.ok();
    finish(call);
  }
  Task<> run_announce(Call& call, DirectoryKey key, std::string value, Duration time_to_live) {
    begin(call);
    Bytes bytes = to_bytes(value);
    auto records = co_await directory.announce(key, bytes, time_to_live);
    call.records = std::move(records);
    finish(call);
  }
  Task<> run_publish(Call& call, DirectoryKey key, std::string value, Duration time_to_live) {
    begin(call);
    Bytes bytes = to_bytes(value);
    co_await directory.publish(key, bytes, time_to_live);
    finish(call);
  }
  Task<> run_look_up(Call& call, DirectoryKey key) {
    begin(call);
    auto records = co_await directory.look_up(key);
    call.records = std::move(records);
    finish(call);
  }

  std::deque<Call> calls_;
  TaskGroup tasks_;
};

// Hosts with a directory each, all joined through the first.
class TestSwarm {
 public:
  explicit TestSwarm(std::uint64_t seed, std::size_t size = 0, sim::NetworkModel model = {})
      : world(seed, model) {
    for (std::size_t i = 0; i < size; ++i) add();
    settle(joins_);
  }

  TestPeer& add(sim::HostOptions options = {}) {
    TestPeer& peer = add_through(first_, options);
    if (!first_) first_ = peer.contact();
    return peer;
  }

  // Knows one member, or nobody.
  TestPeer& add_through(std::optional<Contact> member, sim::HostOptions options = {}) {
    hosts.push_back(&world.add_host(options));
    peers.push_back(&hosts.back()->start<TestPeer>(*hosts.back()));
    std::vector<Contact> known;
    if (member) known.push_back(*std::move(member));
    joins_.push_back(&peers.back()->join(known));
    return *peers.back();
  }

  // Runs until the calls have ended. False if they have not after a minute.
  bool settle(const std::vector<Call*>& calls) {
    const auto all = [&] {
      return std::all_of(calls.begin(), calls.end(), [](const Call* call) { return call->done; });
    };
    return world.run_until(all, world.now() + std::chrono::minutes(1));
  }
  bool settle(Call& call) { return settle(std::vector{&call}); }
  bool settle_joins() { return settle(joins_); }
  void pass(Duration duration) { world.run_until(world.now() + duration); }

  sim::World world;
  std::vector<sim::Host*> hosts;
  std::vector<TestPeer*> peers;

 private:
  std::vector<Call*> joins_;
  std::optional<Contact> first_;  // also when it is dead
};

inline DirectoryKey test_key(std::string_view name) { return DirectoryKey{sha256(as_bytes(name))}; }
// Of the record that the peer with this number announces.
inline DirectoryKey key_of(std::size_t number) {
  return test_key("record " + std::to_string(number));
}

enum class Build { fast, slow, slowest };
#if defined(NDEBUG) && !defined(__clang__)
inline constexpr Build build = sanitized ? Build::slowest : Build::fast;
#else
inline constexpr Build build = sanitized ? Build::slowest : Build::slow;
#endif

// Peers of a large swarm: what a build simulates in a minute or two. To the answer it makes no
// difference.
constexpr std::size_t large_swarm(std::size_t fast, std::size_t slow, std::size_t slowest) {
  if (build == Build::slowest) return slowest;
  return build == Build::fast ? fast : slow;
}

}  // namespace moshpit
