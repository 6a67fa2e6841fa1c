// A small run in the simulated world: what the tests of participants and of catch-up have in
// common.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/hash.hpp"
#include "loop/task_group.hpp"
#include "sim/world.hpp"
#include "train/participant.hpp"

namespace moshpit {

inline Membership membership() {
  return {RunId{sha256(as_bytes("run"))}, to_bytes("secret"), false};
}

inline RunPlan plan_of(std::uint64_t elements) {
  RunPlan plan;
  plan.model = "small";
  plan.elements = elements;
  plan.steps = 7;
  plan.seed = 11;
  return plan;
}

inline std::vector<float> values_of(std::uint64_t elements, float first) {
  std::vector<float> values(elements);
  for (std::uint64_t i = 0; i < elements; ++i) values[i] = first + static_cast<float>(i % 1000);
  return values;
}

// What runs on a host.
class Member {
 public:
  explicit Member(sim::Host& host)
      : loop_(host.loop()),
        participant(host.loop(), host.transport(), host.credentials(), membership()),
        tasks_(host.loop()) {}

  void join(Participant::Application application, Duration patience) {
    tasks_.spawn(run_join(std::move(application), patience));
  }
  void download(Duration patience) { tasks_.spawn(run_download(patience)); }
  void publish(std::uint64_t local_steps) { tasks_.spawn(participant.publish(local_steps, 0.5)); }
  void look_around() { tasks_.spawn(run_members()); }

  std::optional<Result<void>> joined;
  std::optional<Result<RunState>> state;
  std::optional<std::vector<MemberStatus>> members;

 private:
  Task<> run_join(Participant::Application application, Duration patience) {
    const Time deadline = loop_.now() + patience;
    auto result = co_await participant.join(application, deadline);
    joined.emplace(std::move(result));
  }
  Task<> run_download(Duration patience) {
    const Time deadline = loop_.now() + patience;
    auto result = co_await participant.download_state(deadline);
    state.emplace(std::move(result));
  }
  Task<> run_members() {
    auto all = co_await participant.members();
    members.emplace(std::move(all));
  }

  Loop& loop_;

 public:
  Participant participant;

 private:
  TaskGroup tasks_;
};

// A run whose first member is `first`.
class Company {
 public:
  explicit Company(std::uint64_t elements, sim::NetworkModel model = {})
      : Company(plan_of(elements), model) {}
  explicit Company(const RunPlan& plan, sim::NetworkModel model = {}) : world(3, model) {
    world.add_host();
    first = &world.host(0).start<Member>(world.host(0));
    first->participant.found(plan, std::nullopt);
  }

  Participant::Application application() {
    return {{world.host(0).address()}, "small", 0, std::nullopt, false};
  }

  Member& add(Participant::Application application, const sim::HostOptions& options = {}) {
    sim::Host& host = world.add_host(options);
    Member& member = host.start<Member>(host);
    member.join(std::move(application), std::chrono::seconds(15));
    world.run_until([&] { return member.joined.has_value(); },
                    world.now() + std::chrono::seconds(60));
    return member;
  }
  Member& add() { return add(application()); }

  bool downloads(Member& member) {
    return world.run_until([&] { return member.state.has_value(); },
                           world.now() + std::chrono::seconds(60));
  }

  sim::World world;
  Member* first;
};

}  // namespace moshpit
