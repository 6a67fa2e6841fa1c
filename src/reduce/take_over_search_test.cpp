// Every schedule of a small round of one chunk, with false suspicions and crashes, over the
// reducers that ship. States that were seen before are not entered again.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <gtest/gtest.h>
#include <unordered_set>
#include <vector>

#include "base/sanitized.hpp"
#include "reduce/reducer_probe.hpp"
#include "reduce/round_table.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_members = 4;
// Nobody is suspected by the clock.
constexpr RoundLimits patient{1000h, 3000h, 1'000'000h};

struct Pair {
  std::deque<Bytes> notes;
  std::deque<Bytes> frames;
};

struct State {
  std::vector<Reducer> reducers;
  std::array<Time, most_members> clocks{};
  std::array<std::array<Pair, most_members>, most_members> links;  // [from][to]
  MemberSet crashed;
  std::array<MemberSet, most_members> noticed;  // whose crash the member knows of
  int suspicions_left = 0;
  int crashes_left = 0;

  std::uint64_t fingerprint() const {
    Hasher hasher;
    for (const Reducer& reducer : reducers) ReducerProbe::add(hasher, reducer);
    for (const auto& row : links) {
      for (const Pair& pair : row) {
        for (const auto* queue : {&pair.notes, &pair.frames}) {
          hasher.add(std::uint64_t{queue->size()});
          for (const Bytes& bytes : *queue) hasher.add(bytes);
        }
      }
    }
    ReducerProbe::add(hasher, crashed);
    for (const MemberSet& set : noticed) ReducerProbe::add(hasher, set);
    hasher.add(static_cast<std::uint64_t>(suspicions_left));
    hasher.add(static_cast<std::uint64_t>(crashes_left));
    const Digest digest = hasher.digest();
    return read_little_endian<std::uint64_t>(digest);
  }

  // What is ready is on its way at once; notes overtake frames, as on a link.
  void collect() {
    for (std::size_t from = 0; from < reducers.size(); ++from) {
      for (std::size_t to = 0; to < reducers.size(); ++to) {
        if (from == to || crashed[from]) continue;
        while (auto note = reducers[from].next_note(to)) {
          if (!crashed[to]) links[from][to].notes.push_back(*std::move(note));
        }
        while (auto frame = reducers[from].next_frame(to)) {
          if (!crashed[to]) links[from][to].frames.push_back(std::move(*frame).joined());
        }
      }
    }
  }
};

class Search {
 public:
  Search(std::vector<bool> owners, int suspicions, int crashes) : suspicions_(suspicions) {
    Random random(3);
    values_ = random_members(owners.size(), 1, random);
    State first;
    first.suspicions_left = suspicions;
    first.crashes_left = crashes;
    for (std::size_t i = 0; i < size(); ++i) {
      const RoundPlan plan{table_round(), i, owners, equal_shares(owners), patient, 1e6};
      first.reducers.emplace_back(plan, values_[i], Time{});
    }
    first.collect();
    enter(std::move(first));
  }

  void run() {
    while (!open_.empty() && !testing::Test::HasFailure()) {
      const State state = std::move(open_.back());
      open_.pop_back();
      expand(state);
    }
  }

  std::size_t states() const { return seen_.size(); }
  std::size_t divergent() const { return divergent_; }
  std::size_t taken_over() const { return taken_over_; }

 private:
  std::size_t size() const { return values_.size(); }

  void enter(State state) {
    if (seen_.insert(state.fingerprint()).second) open_.push_back(std::move(state));
  }

  template <class Action>
  void act(const State& state, Action action) {
    State next = state;
    action(next);
    next.collect();
    judge(next);
    enter(std::move(next));
    ++actions_;
  }

  void expand(const State& state) {
    actions_ = 0;
    for (std::size_t i = 0; i < size(); ++i) {
      if (state.crashed[i]) continue;
      for (std::size_t j = 0; j < size(); ++j) {
        if (i != j) deliver(state, j, i);
        if (i != j && state.crashed[j] && !state.noticed[i][j]) notice(state, i, j);
      }
      if (ReducerProbe::waits_for_its_turn(state.reducers[i])) take_turn(state, i);
    }
    const bool quiet = actions_ == 0;
    misfortunes(state);
    if (quiet) lose_patience(state);
  }

  void deliver(const State& state, std::size_t from, std::size_t to) {
    if (!state.links[from][to].notes.empty()) {
      act(state, [&](State& next) { receive(next, from, to, next.links[from][to].notes); });
    }
    if (!state.links[from][to].frames.empty()) {
      act(state, [&](State& next) { receive(next, from, to, next.links[from][to].frames); });
    }
  }
  static void receive(State& next, std::size_t from, std::size_t to, std::deque<Bytes>& queue) {
    Bytes bytes = std::move(queue.front());
    queue.pop_front();
    next.reducers[to].receive(from, std::move(bytes), next.clocks[to]);
  }

  // After everything that the dead member sent.
  void notice(const State& state, std::size_t by, std::size_t dead) {
    const Pair& link = state.links[dead][by];
    if (!link.notes.empty() || !link.frames.empty()) return;
    act(state, [&](State& next) {
      next.noticed[by].set(dead);
      next.reducers[by].disconnected(dead, "its link closed", next.clocks[by]);
    });
  }

  void take_turn(const State& state, std::size_t member) {
    act(state, [&](State& next) {
      next.clocks[member] = ReducerProbe::call_due(next.reducers[member]);
      next.reducers[member].tick(next.clocks[member]);
    });
  }

  void misfortunes(const State& state) {
    for (std::size_t i = 0; i < size(); ++i) {
      if (state.crashed[i]) continue;
      if (state.crashes_left > 0) {
        act(state, [&](State& next) {
          next.crashed.set(i);
          --next.crashes_left;
          for (auto& row : next.links) row[i] = {};
        });
      }
      if (state.suspicions_left == 0 || state.reducers[i].settled()) continue;
      for (std::size_t j = 0; j < size(); ++j) {
        if (i == j) continue;
        act(state, [&](State& next) {
          --next.suspicions_left;
          ReducerProbe::suspect(next.reducers[i], j, next.clocks[i]);
        });
      }
    }
  }

  // Nothing is under way: whoever still waits for somebody suspects it after a while.
  void lose_patience(const State& state) {
    actions_ = 0;
    bool waiting = false;
    for (std::size_t i = 0; i < size(); ++i) {
      if (state.crashed[i] || state.reducers[i].settled()) continue;
      waiting = true;
      for (std::size_t j = 0; j < size(); ++j) {
        if (i == j || !ReducerProbe::waits_for(state.reducers[i], j)) continue;
        act(state,
            [&](State& next) { ReducerProbe::suspect(next.reducers[i], j, next.clocks[i]); });
      }
    }
    if (!waiting) return ended(state);
    ASSERT_GT(actions_, 0u) << "somebody waits for nobody";
  }

  void ended(const State& state) {
    for (std::size_t i = 0; i < size(); ++i) {
      const Reducer& reducer = state.reducers[i];
      taken_over_ += reducer.take_overs() > 0 ? 1 : 0;
      if (state.crashed[i] || suspicions_ > 0) continue;
      ASSERT_TRUE(reducer.finished());
      for (std::size_t j = 0; j < size(); ++j) ASSERT_TRUE(state.crashed[j] || reducer.view()[j]);
    }
  }

  // R2 and R3 for all who have finished, also for one that died afterwards.
  void judge(const State& state) {
    for (std::size_t i = 0; i < size(); ++i) {
      const Reducer& one = state.reducers[i];
      if (!one.finished()) continue;
      ASSERT_TRUE(one.chunks()[0].averaged);
      ASSERT_TRUE(one.view()[i]);
      for (std::size_t j = 0; j < i; ++j) {
        const Reducer& other = state.reducers[j];
        if (!other.finished()) continue;
        const bool same = result(i, one) == result(j, other) &&
                          one.chunks()[0].contributors == other.chunks()[0].contributors;
        const bool must_agree = one.view()[j] && other.view()[i];
        ASSERT_TRUE(same || !must_agree) << i << " and " << j;
        divergent_ += same ? 0 : 1;
      }
    }
  }

  float result(std::size_t member, Reducer reducer) const {
    Member after = values_[member];
    reducer.assign(after);
    return after.values[0];
  }

  int suspicions_;
  std::vector<Member> values_;
  std::vector<State> open_;
  std::unordered_set<std::uint64_t> seen_;
  std::size_t actions_ = 0;
  std::size_t divergent_ = 0;
  std::size_t taken_over_ = 0;
};

// A sanitized build takes twenty times as long: there with one false suspicion.
constexpr int suspicions = sanitized ? 1 : 2;

// In every schedule; and the check is seen to bite: there are members that hold different results
// and are not in each other's views.
TEST(TakeOverSearch, TwoFalseSuspicionsAndACrashNeverBreakAgreement) {
  for (const bool all_own : {true, false}) {
    Search search({true, true, all_own}, suspicions, 1);
    search.run();
    std::printf("%zu states, %zu pairs differ\n", search.states(), search.divergent());
    EXPECT_GT(search.states(), suspicions == 2 ? 10'000u : 1'000u);
    EXPECT_GT(search.divergent(), 100u);
    EXPECT_GT(search.taken_over(), 100u);
  }
}

// MOSHPIT_SEARCH_MEMBERS=4: two and a half minutes.
TEST(TakeOverSearch, AFalseSuspicionAndACrashInALargerGroup) {
  const char* wanted = std::getenv("MOSHPIT_SEARCH_MEMBERS");
  const std::size_t members = wanted ? std::strtoul(wanted, nullptr, 10) : 3;
  ASSERT_TRUE(members >= 2 && members <= most_members);
  Search search(std::vector<bool>(members, true), 1, 1);
  search.run();
  EXPECT_GT(search.states(), 100u);
}

TEST(TakeOverSearch, WithoutFalseSuspicionWhoeverLivesFinishesWithEverybodyWhoLives) {
  for (int crashes = 0; crashes < 3; ++crashes) {
    Search search({true, true, true}, 0, crashes);
    search.run();
    EXPECT_EQ(search.taken_over() > 0, crashes > 0);
  }
}

}  // namespace
}  // namespace moshpit
