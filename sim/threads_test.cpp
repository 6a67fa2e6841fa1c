// Worlds on several threads: the same seed gives the same run as on one, whatever goes wrong in it.
#include <atomic>
#include <gtest/gtest.h>
#include <set>
#include <string>
#include <thread>

#include "sim/test_programs.hpp"
#include "sim/world.hpp"

namespace moshpit::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t hosts = 12;
constexpr Duration lasts = 1s;

// Dials one of the others now and then, says something to whomever it knows, and tells what it
// hears.
class Talker {
 public:
  Talker(Host& host, const std::vector<Address>& others, std::vector<std::string>& diary)
      : host_(host), others_(others), diary_(diary), tasks_(host.loop()) {
    tasks_.spawn(listen());
    tasks_.spawn(talk());
  }

 private:
  Random& random() { return host_.loop().random(); }

  Task<> listen() {
    while (true) {
      auto link = co_await host_.transport().accept();
      if (!link) co_return;
      know(std::move(link));
    }
  }

  void know(std::unique_ptr<Link> link) {
    links_.push_back(std::move(link));
    tasks_.spawn(read(*links_.back()));
  }

  Task<> read(Link& link) {
    while (true) {
      auto frame = co_await link.receive();
      if (!frame) break;
      note("hears " + std::to_string(frame->size()) + " bytes of " + link.peer().brief());
      if (random().chance(0.3)) link.send(Bytes(1 + random().below(300)), Priority::control);
    }
    note("lost " + link.peer().brief());
  }

  Task<> talk() {
    while (true) {
      const Duration pause = 1ms + Duration(random().below(Duration(60ms).count()));
      co_await host_.loop().sleep_for(pause);
      if (links_.empty() || random().chance(0.1)) co_await dial();
      if (links_.empty()) continue;
      if (links_.size() > 8) links_.erase(links_.begin() + random().below(8));
      const std::size_t size = random().chance(0.2) ? 40'000 : 500;
      links_[random().below(links_.size())]->send(Bytes(size), Priority::bulk);
    }
  }

  Task<> dial() {
    const Address to = others_[random().below(others_.size())];
    const Time deadline = host_.loop().now() + 500ms;
    auto link = co_await host_.transport().dial(to, std::nullopt, deadline);
    if (link) know(std::move(*link));
  }

  void note(std::string what) {
    host_.tell(
        [this, line = host_.address().text() + " " + std::move(what)] { diary_.push_back(line); });
  }

  Host& host_;
  const std::vector<Address>& others_;
  std::vector<std::string>& diary_;
  std::vector<std::unique_ptr<Link>> links_;
  TaskGroup tasks_;
};

struct Story {
  std::uint64_t trace = 0;
  std::vector<std::string> diary;
  bool operator==(const Story&) const = default;
};

class Village {
 public:
  Village(std::uint64_t seed, const NetworkModel& model, std::optional<std::size_t> threads)
      : world_(seed, model, threads) {
    for (std::size_t i = 0; i < hosts; ++i) {
      Host& host = world_.add_host({.outbound_only = i % 5 == 4, .clock_rate = 1 + 0.01 * i});
      addresses_.push_back(host.address());
    }
    addresses_.push_back(Address{"10.9.9.9", 1});  // nobody's
    for (std::size_t i = 0; i < hosts; ++i) move_in(i);
    for (int i = 0; i < 8; ++i) strike();
  }

  Story story() {
    world_.run_until(Time{} + lasts);
    return {world_.trace(), std::move(diary_)};
  }

 private:
  void move_in(std::size_t index) {
    Host& host = world_.host(index);
    host.start<Talker>(host, addresses_, diary_);
  }

  void strike() {
    Random& random = world_.random();
    const Time when = Time{} + Duration(random.below(lasts.count()));
    const Time over = when + Duration(random.below(Duration(1s).count()));
    const std::size_t victim = random.below(hosts);
    Host& host = world_.host(victim);
    Host& other = world_.host((victim + 1 + random.below(hosts - 1)) % hosts);
    const std::uint64_t kind = random.below(5);
    world_.at(when, [this, kind, &host, &other] {
      if (kind == 0) host.crash();
      if (kind == 1) host.vanish();
      if (kind == 2) host.freeze();
      if (kind == 3) world_.cut(host, other);
      if (kind == 4) world_.clog(host, 7);
    });
    world_.at(over, [this, kind, victim, &host] {
      host.thaw();
      if (kind > 2) world_.heal();
      if (kind > 1 || !victims_.insert(victim).second) return;
      host.restart();
      move_in(victim);
    });
  }

  std::vector<std::string> diary_;
  std::vector<Address> addresses_;
  std::set<std::size_t> victims_;  // one comes back once
  World world_;
};

Story story(std::uint64_t seed, const NetworkModel& model, std::optional<std::size_t> threads) {
  return Village(seed, model, threads).story();
}

TEST(Threads, ChangeNothingWhateverGoesWrong) {
  const NetworkModel models[] = {
      {},
      {.latency_min = 3ms, .latency_max = 3ms, .bytes_per_second = 1e6},
      {.latency_min = 1ms, .latency_max = 40ms, .jitter_mean = 5ms, .loss = 0.02}};
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    const NetworkModel& model = models[seed % 3];
    const Story alone = story(seed, model, std::nullopt);
    ASSERT_GT(alone.diary.size(), 100u);
    for (const std::size_t threads : {1, 2, 3}) {
      EXPECT_EQ(story(seed, model, threads), alone) << seed << " on " << threads << " threads";
    }
  }
}

TEST(Threads, ConditionsAreLookedAtWhenAWindowEnds) {
  for (const std::size_t threads : {1, 2}) {
    World world(1, plain, threads);
    Host& one = world.add_host();
    Host& other = world.add_host();
    other.start<Listener>(other);
    auto& dialler = one.start<Dialler>(one, other.address(), other.id(), 1s);
    // After 40 ms, which is when the fifth window begins.
    EXPECT_TRUE(world.run_until([&] { return dialler.done; }, Time{} + 1s));
    EXPECT_EQ(world.now(), Time{} + 50ms);
  }
}

TEST(Threads, ProgramsOfAllHostsRunAtOnce) {
  // Each of two hosts waits for the other one's thread in the same window.
  struct Meeting {
    Meeting(Host& host, std::atomic<int>& here) : tasks(host.loop()) { tasks.spawn(meet(here)); }
    static Task<> meet(std::atomic<int>& here) {
      ++here;
      while (here < 2) std::this_thread::yield();
      co_return;
    }
    TaskGroup tasks;
  };
  std::atomic<int> here = 0;
  World world(1, plain, 2);
  std::vector<Host*> all;
  for (int i = 0; i < 16; ++i) all.push_back(&world.add_host());
  // Hosts of the first thread's shards and of the second one's.
  all[0]->start<Meeting>(*all[0], here);
  all[8]->start<Meeting>(*all[8], here);
  world.run_until(Time{} + 1s);
  EXPECT_EQ(here, 2);
}

}  // namespace
}  // namespace moshpit::sim
