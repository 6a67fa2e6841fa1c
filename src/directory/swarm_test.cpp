// A thousand peers, a third of them killed at once: do the others still find what was announced,
// how fast, and at the cost of how many new links?
#include <chrono>
#include <cstdio>
#include <gtest/gtest.h>

#include "directory/test_peer.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t size = large_swarm(1000, 300, 150);
constexpr std::size_t look_ups_per_survivor = 5;

template <class T>
T quantile(std::vector<T> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

void print(const char* what, const std::vector<const Call*>& calls) {
  std::vector<double> milliseconds;
  std::vector<std::uint64_t> links;
  std::vector<std::uint64_t> hops;
  std::vector<std::uint64_t> questions;
  for (const Call* call : calls) {
    milliseconds.push_back(1e3 * seconds(call->ended - call->began));
    links.push_back(call->links);
    hops.push_back(call->hops);
    questions.push_back(call->questions);
  }
  std::printf(
      "%-28s %6zu calls; p50 / p95: %.1f / %.1f ms, hops %llu / %llu, questions %llu / %llu, "
      "new links %llu / %llu\n",
      what, calls.size(), quantile(milliseconds, .5), quantile(milliseconds, .95),
      static_cast<unsigned long long>(quantile(hops, .5)),
      static_cast<unsigned long long>(quantile(hops, .95)),
      static_cast<unsigned long long>(quantile(questions, .5)),
      static_cast<unsigned long long>(quantile(questions, .95)),
      static_cast<unsigned long long>(quantile(links, .5)),
      static_cast<unsigned long long>(quantile(links, .95)));
}

struct Outcome {
  std::size_t right = 0;
  std::size_t all = 0;
};

// Every living peer looks up records, one after the other so that its counters tell about one
// look-up at a time.
Outcome look_up_everywhere(TestSwarm& swarm, const char* what, std::size_t rounds, Random& random) {
  Outcome outcome;
  std::vector<const Call*> finished;
  for (std::size_t round = 0; round < rounds; ++round) {
    std::vector<Call*> calls;
    std::vector<std::size_t> wanted;
    for (std::size_t i = 0; i < size; ++i) {
      if (!swarm.hosts[i]->running()) continue;
      wanted.push_back(random.below(size));
      calls.push_back(&swarm.peers[i]->look_up(key_of(wanted.back())));
    }
    EXPECT_TRUE(swarm.settle(calls));
    for (std::size_t i = 0; i < calls.size(); ++i) {
      outcome.right += calls[i]->has(swarm.hosts[wanted[i]]->id(), "record");
      finished.push_back(calls[i]);
    }
    outcome.all += calls.size();
  }
  print(what, finished);
  std::printf("%-28s %6zu of %zu right\n", "", outcome.right, outcome.all);
  return outcome;
}

class ThirdKilled : public testing::TestWithParam<bool> {};

TEST_P(ThirdKilled, LookUpsAreRight) {
  const bool silently = GetParam();
  const auto start = std::chrono::steady_clock::now();
  TestSwarm swarm(17, 0, {.latency_min = 1ms, .latency_max = 5ms});
  Random random(23);
  swarm.add();
  for (std::size_t i = 1; i < size; ++i) {
    swarm.add();
    if (i % 20 == 0) swarm.pass(200ms);
  }
  ASSERT_TRUE(swarm.settle_joins());
  swarm.pass(10s);

  std::vector<Call*> announcements;
  for (std::size_t i = 0; i < size; ++i) {
    announcements.push_back(&swarm.peers[i]->announce(key_of(i), "record", 10min));
  }
  ASSERT_TRUE(swarm.settle(announcements));
  print("announce", {announcements.begin(), announcements.end()});
  const Outcome before = look_up_everywhere(swarm, "look up, all alive", 1, random);
  EXPECT_EQ(before.right, before.all);

  std::vector<std::size_t> order(size);
  for (std::size_t i = 0; i < size; ++i) order[i] = i;
  random.shuffle(std::span(order));
  for (std::size_t i = 0; i < size / 3; ++i) {
    silently ? swarm.hosts[order[i]]->vanish() : swarm.hosts[order[i]]->crash();
  }
  const char* what = silently ? "look up, a third vanished" : "look up, a third crashed";
  const Outcome after = look_up_everywhere(swarm, what, look_ups_per_survivor, random);
  EXPECT_GE(static_cast<double>(after.right), 0.999 * static_cast<double>(after.all));

  const auto wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start);
  std::printf("%.1f s of virtual time in %.1f s\n", seconds(swarm.world.now() - Time{}),
              wall.count());
}

INSTANTIATE_TEST_SUITE_P(Kademlia, ThirdKilled, testing::Bool(), [](const auto& parameter) {
  return parameter.param ? "WithoutATrace" : "ByCrash";
});

}  // namespace
}  // namespace moshpit
