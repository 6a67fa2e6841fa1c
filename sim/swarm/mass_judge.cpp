#include "sim/swarm/mass_judge.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "codec/codec.hpp"

namespace moshpit::sim {
namespace {

using Brought = std::vector<const WeightedVector*>;

// Of one element, over the members that are known.
struct Mass {
  double sum = 0;
  double magnitude = 0;
};

Brought known_of(const Brought& brought, const MemberSet& members) {
  Brought known;
  for (std::size_t i = 0; i < brought.size(); ++i) {
    if (members.test(i) && brought[i] != nullptr) known.push_back(brought[i]);
  }
  return known;
}

Mass mass_of(const Brought& known, std::size_t element, std::size_t chunk) {
  Mass mass;
  for (const WeightedVector* member : known) {
    const double term = member->weights[chunk] * member->contribution(element);
    mass.sum += term;
    mass.magnitude += std::abs(term);
  }
  return mass;
}

// Each of n members holds a mean of at most n terms in fp32 (promise R1), of at least one.
double tolerance(std::size_t members, double magnitude) {
  const double unit = 0x1.0p-24;
  return static_cast<double>(members * (members + 2)) * unit * magnitude;
}

// What a codec rounded off of the contributions and of the mean is owed by those who did it: if one
// of them is lost, so is that.
double owed_by_the_lost(Codec codec, const Brought& brought, const ChunkReport& chunk,
                        std::size_t index) {
  double weight = 0;
  double largest = 0;
  for (const WeightedVector* member : brought) {
    if (member == nullptr) continue;
    weight += member->weights[index];
    for (std::size_t i = chunk.begin; i < chunk.end; ++i) {
      largest = std::max(largest, std::abs(member->contribution(i)));
    }
  }
  const auto value = static_cast<float>(largest);
  return 4 * static_cast<double>(brought.size()) * weight * encoding_error(codec, value, value);
}

}  // namespace

void MassJudge::ended(const RoundReport& report, const Brought& brought,
                      const WeightedVector& held) {
  if (report.members.empty()) return;
  Sums& sums = rounds_[report.id];
  sums.held.resize(held.values.size(), 0.0);
  sums.implied.resize(held.values.size(), 0.0);
  sums.shares.resize(report.chunks.size());
  ++sums.finished;
  sums.lossless = sums.lossless && report.lost.empty();
  for (std::size_t chunk = 0; chunk < report.chunks.size(); ++chunk) {
    add(sums, report, chunk, brought, held);
  }
  // Who died finishes never: with losses it is judged as far as it is known.
  if (sums.finished == report.members.size() || !sums.lossless) judge(report, brought, sums);
}

void MassJudge::add(Sums& sums, const RoundReport& report, std::size_t index,
                    const Brought& brought, const WeightedVector& held) {
  const ChunkReport& chunk = report.chunks[index];
  const WeightedVector& own = *brought[report.self];
  for (std::size_t i = chunk.begin; i < chunk.end; ++i) {
    sums.held[i] += held.weights[index] * held.contribution(i);
    if (!chunk.averaged) sums.implied[i] += own.weights[index] * own.contribution(i);
  }
  if (!chunk.averaged) return;
  const Share& share = share_of(sums, chunk, index, brought);
  for (std::size_t i = chunk.begin; i < chunk.end; ++i) {
    sums.implied[i] += share.mass[i - chunk.begin];
  }
}

const MassJudge::Share& MassJudge::share_of(Sums& sums, const ChunkReport& chunk, std::size_t index,
                                            const Brought& brought) {
  Share& share = sums.shares[index];
  if (!share.mass.empty() && share.contributors == chunk.contributors) return share;
  share.contributors = chunk.contributors;
  share.mass.resize(chunk.end - chunk.begin);
  const auto contributors = static_cast<double>(chunk.contributors.count());
  const Brought known = known_of(brought, chunk.contributors);
  for (std::size_t i = chunk.begin; i < chunk.end; ++i) {
    share.mass[i - chunk.begin] = mass_of(known, i, index).sum / contributors;
  }
  return share;
}

void MassJudge::judge(const RoundReport& report, const Brought& brought, const Sums& sums) {
  const bool whole = sums.finished == report.members.size() && sums.lossless;
  MemberSet all;
  for (std::size_t i = 0; i < report.members.size(); ++i) all.set(i);
  const Brought known = known_of(brought, all);
  for (std::size_t chunk = 0; chunk < report.chunks.size(); ++chunk) {
    const double owed = whole ? 0 : owed_by_the_lost(codec_, brought, report.chunks[chunk], chunk);
    for (std::size_t i = report.chunks[chunk].begin; i < report.chunks[chunk].end; ++i) {
      const Mass before = mass_of(known, i, chunk);
      const double expected = whole ? before.sum : sums.implied[i];
      const double off = std::abs(sums.held[i] - expected);
      if (off <= owed + tolerance(report.members.size(), before.magnitude)) continue;
      return findings_.add(
          "R8", fmt::format("step {}, round {}: the weighted sum of a group with {} is off by {} "
                            "at element {}{}",
                            report.time.step, report.time.round, report.members[0].brief(), off, i,
                            whole ? ", and nobody was lost" : ""));
    }
  }
}

}  // namespace moshpit::sim
