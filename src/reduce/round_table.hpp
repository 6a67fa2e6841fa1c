// RoundTable: the reducers of one group and the frames between them, delivered in the order that a
// test chooses. For tests only. The judges at the end know nothing of the reducer: they look at
// values, weights and reports.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "codec/codec.hpp"
#include "reduce/reducer.hpp"
#include "reduce/shares.hpp"

namespace moshpit {

inline constexpr RoundLimits table_limits{std::chrono::seconds(1), std::chrono::seconds(3),
                                          std::chrono::seconds(10)};

// Values whose sums cancel, so that fp64 sums in another order have other bits even after rounding
// to fp32.
inline float cancelling(Random& random) {
  const auto exponent = static_cast<int>(random.below(3)) * 60 - 60;
  const double sign = random.chance(0.5) ? 1 : -1;
  const double fraction = random.below(4) == 0 ? random.unit() : 0.5;
  return static_cast<float>(std::ldexp(sign * (1 + fraction), exponent));
}

using Member = WeightedVector;

inline std::vector<Member> random_members(std::size_t count, std::size_t elements, Random& random) {
  std::vector<Member> members(count);
  for (Member& member : members) {
    for (std::size_t i = 0; i < elements; ++i) member.values.push_back(cancelling(random));
    for (std::size_t i = 0; i < ChunkLayout(elements).count(); ++i) {
      member.weights.push_back(0.5 + random.unit());
    }
  }
  return members;
}

inline RoundId table_round() {
  RoundId id;
  id.bytes.fill(std::byte{42});
  return id;
}

// The vector shared out equally among the owners, or all of it to the first if nobody is one.
inline std::vector<double> equal_shares(const std::vector<bool>& owners) {
  Group group;
  group.members.resize(owners.size());
  const Address somewhere{"127.0.0.1", 1};
  for (std::size_t i = 0; i < owners.size(); ++i) {
    if (owners[i]) group.members[i].addresses.push_back(somewhere);
  }
  return shares_of(group);
}

struct RoundTable {
  struct Flight {
    std::size_t from;
    std::size_t to;
    Bytes frame;
  };

  RoundTable(std::vector<Member> before, std::vector<bool> owners, double weight_limit = 1e6,
             Codec wire = Codec::fp32)
      : codec(wire), members(std::move(before)) {
    for (Member& member : members) {
      if (codec != Codec::fp32) member.residuals.resize(member.values.size());
    }
    for (std::size_t i = 0; i < members.size(); ++i) {
      const RoundPlan plan{table_round(), i,    owners, equal_shares(owners), table_limits,
                           weight_limit,  codec};
      reducers.push_back(std::make_unique<Reducer>(plan, members[i], now));
    }
  }
  explicit RoundTable(std::vector<Member> before)
      : RoundTable(before, std::vector<bool>(before.size(), true)) {}

  Reducer& operator[](std::size_t member) { return *reducers[member]; }

  // Takes out all frames that are ready.
  void collect() {
    for (std::size_t from = 0; from < reducers.size(); ++from) {
      for (std::size_t to = 0; to < reducers.size(); ++to) {
        if (from == to || !reducers[from]) continue;
        while (auto note = reducers[from]->next_note(to)) {
          flights.push_back(Flight{from, to, *std::move(note)});
        }
        while (auto frame = reducers[from]->next_frame(to)) {
          flights.push_back(Flight{from, to, std::move(*frame).joined()});
        }
      }
    }
  }

  // Frames of one pair may overtake each other, which is worse than any link.
  void deliver(std::size_t flight) {
    const Flight chosen = std::move(flights[flight]);
    flights.erase(flights.begin() + static_cast<std::ptrdiff_t>(flight));
    if (reducers[chosen.to]) reducers[chosen.to]->receive(chosen.from, chosen.frame, now);
  }

  void run(Random& random) {
    collect();
    while (!flights.empty()) {
      deliver(static_cast<std::size_t>(random.below(flights.size())));
      collect();
    }
  }

  // Lets time pass, and all frames with it, until everybody has settled or could have.
  void finish(Random& random) {
    const auto all_settled = [&] {
      return std::ranges::all_of(
          reducers, [](const auto& reducer) { return !reducer || reducer->settled(); });
    };
    run(random);
    for (const Time end = now + table_limits.round; now < end && !all_settled();) {
      pass(std::chrono::milliseconds(100));
      run(random);
    }
  }

  // The member's process is gone: what it sent may still arrive, and then its links close.
  void crash(std::size_t member) { reducers[member].reset(); }
  void close_links_of(std::size_t member) {
    for (auto& reducer : reducers) {
      if (reducer) reducer->disconnected(member, "its link closed", now);
    }
  }

  // Ticks everybody in small steps.
  void pass(Duration duration) {
    for (const Time end = now + duration; now < end;) {
      now += std::chrono::milliseconds(100);
      for (auto& reducer : reducers) {
        if (reducer) reducer->tick(now);
      }
    }
  }

  Member result(std::size_t member) const {
    Member after = members[member];
    reducers[member]->assign(after);
    return after;
  }

  Codec codec = Codec::fp32;
  std::vector<Member> members;
  std::vector<std::unique_ptr<Reducer>> reducers;
  std::vector<Flight> flights;
  Time now{};
};

// R1 for one chunk: |error| <= g sum(w|x|)/sum(w), g = (n+1)u / (1-(n+1)u), u = 2^-24; and the
// weight that it carries on.
inline void judge_exact(const std::vector<Member>& before, const Member& after,
                        const ChunkReport& chunk, std::size_t index, Codec codec) {
  const auto count = static_cast<long double>(chunk.contributors.count());
  ASSERT_GT(count, 0);
  const long double bound = (count + 1) * 0x1p-24L / (1 - (count + 1) * 0x1p-24L);
  long double total = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (chunk.contributors[i]) total += before[i].weights[index];
  }
  ASSERT_NEAR(static_cast<double>(total / count), after.weights[index], 1e-12);
  ASSERT_EQ(after.weights[index], chunk.mean_weight);
  double largest = 0;
  for (const Member& member : before) {
    for (std::size_t element = chunk.begin; element < chunk.end; ++element) {
      largest = std::max(largest, std::fabs(member.contribution(element)));
    }
  }
  // What the codec may round off; a little more of values that are rounded already.
  const auto rounding = [&](double value) {
    return 1.02 * encoding_error(codec, static_cast<float>(value), static_cast<float>(largest));
  };
  std::size_t beyond = 0;
  for (std::size_t element = chunk.begin; element < chunk.end; ++element) {
    long double sum = 0;
    long double magnitude = 0;
    long double rounded_off = rounding(after.values[element]);
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (!chunk.contributors[i]) continue;
      const double value = before[i].contribution(element);
      const long double term = before[i].weights[index] * (0.0L + value);
      sum += term;
      magnitude += std::fabs(term);
      rounded_off += before[i].weights[index] / total * rounding(value);
    }
    const long double error = std::fabs(after.values[element] - sum / total);
    if (!(error <= bound * magnitude / total + rounded_off)) ++beyond;
  }
  ASSERT_EQ(beyond, 0u) << "elements of chunk " << index << " are not the mean";
}

// R1 for what one member holds in the end; what was not averaged is untouched.
inline void judge_member(const std::vector<Member>& before, std::size_t self, const Member& after,
                         const std::vector<ChunkReport>& chunks, Codec codec = Codec::fp32) {
  for (std::size_t index = 0; index < chunks.size(); ++index) {
    const ChunkReport& chunk = chunks[index];
    if (chunk.averaged) {
      judge_exact(before, after, chunk, index, codec);
      continue;
    }
    EXPECT_TRUE(chunk.contributors.none());
    EXPECT_EQ(after.weights[index], before[self].weights[index]);
    const float* mine = &before[self].values[chunk.begin];
    ASSERT_TRUE(std::equal(mine, mine + (chunk.end - chunk.begin), &after.values[chunk.begin]));
  }
}

// R3: whoever has finished has every chunk, but those without any weight.
inline void judge_complete(const std::vector<Member>& before, const Reducer& reducer) {
  if (!reducer.finished()) return;
  const auto chunks = reducer.chunks();
  for (std::size_t index = 0; index < chunks.size(); ++index) {
    const bool weightless = std::ranges::all_of(
        before, [&](const Member& member) { return !(member.weights[index] > 0); });
    ASSERT_TRUE(chunks[index].averaged || weightless) << "chunk " << index << " is missing";
  }
}

// R2 for two members: what both averaged is the same, to the byte.
inline void judge_agreement(const Member& one, const std::vector<ChunkReport>& one_chunks,
                            const Member& other, const std::vector<ChunkReport>& other_chunks) {
  ASSERT_EQ(one_chunks.size(), other_chunks.size());
  for (std::size_t index = 0; index < one_chunks.size(); ++index) {
    const ChunkReport& chunk = one_chunks[index];
    if (!chunk.averaged || !other_chunks[index].averaged) continue;
    EXPECT_EQ(chunk.contributors, other_chunks[index].contributors);
    EXPECT_EQ(one.weights[index], other.weights[index]);
    const std::size_t bytes = (chunk.end - chunk.begin) * sizeof(float);
    ASSERT_EQ(0, std::memcmp(&one.values[chunk.begin], &other.values[chunk.begin], bytes));
  }
}

inline void judge(RoundTable& table) {
  for (std::size_t i = 0; i < table.reducers.size(); ++i) {
    if (!table.reducers[i]) continue;
    ASSERT_TRUE(table[i].settled()) << "member " << i;
    const Member mine = table.result(i);
    judge_member(table.members, i, mine, table[i].chunks(), table.codec);
    judge_complete(table.members, table[i]);
    for (std::size_t j = 0; j < i; ++j) {
      if (!table.reducers[j] || !table[i].finished() || !table[j].finished()) continue;
      if (!table[i].view()[j] || !table[j].view()[i]) continue;
      judge_agreement(mine, table[i].chunks(), table.result(j), table[j].chunks());
    }
  }
}

}  // namespace moshpit
