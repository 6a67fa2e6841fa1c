#include "sim/swarm/round_judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace moshpit::sim {
namespace {

// The bound of promise R1 for a sum of n terms in fp32.
double error_bound(std::size_t terms, double weighted_magnitude, double weight) {
  const double u = 0x1.0p-24;
  const double n = static_cast<double>(terms + 1) * u;
  return n / (1 - n) * weighted_magnitude / weight;
}

bool same_bytes(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

std::span<const float> elements_of(const WeightedVector& vector, const ChunkReport& chunk) {
  return std::span(vector.values).subspan(chunk.begin, chunk.end - chunk.begin);
}

}  // namespace

void RoundJudge::object(const char* promise, const PeerId& peer, const RoundReport& report,
                        const std::string& what) {
  findings_.add(promise, fmt::format("peer {}, step {}, round {}: {}", peer.brief(),
                                     report.time.step, report.time.round, what));
}

void RoundJudge::round_begins(const PeerId& peer, RoundTime time, const WeightedVector& vector) {
  brought_.insert_or_assign({peer, time}, vector);
}

void RoundJudge::round_ended(const PeerId& peer, const RoundReport& report,
                             const WeightedVector& vector) {
  if (poisoners_.contains(peer)) return;  // what a poisoner holds is its own business
  if (report.outcome == RoundOutcome::alone) return;
  if (report.reducing > report.deadline && !frozen_.contains(peer)) {
    object("R4", peer, report,
           fmt::format("took {:.3f} s and had {:.3f} s", seconds(report.reducing),
                       seconds(report.deadline)));
  }
  for (std::size_t chunk = 0; chunk < report.chunks.size(); ++chunk) {
    judge_chunk(peer, report, chunk, vector);
  }
  judge_refusals(peer, report);
}

void RoundJudge::judge_chunk(const PeerId& peer, const RoundReport& report, std::size_t index,
                             const WeightedVector& vector) {
  const ChunkReport& chunk = report.chunks[index];
  if (!chunk.averaged) return judge_kept(peer, report, index, vector);
  const auto values = elements_of(vector, chunk);
  judge_mean(peer, report, chunk, index, values);
  judge_agreement(peer, report, chunk, index, values);
  if (chunk.contributors.count() > 1) ++chunks_judged_;
}

void RoundJudge::judge_mean(const PeerId& peer, const RoundReport& report, const ChunkReport& chunk,
                            std::size_t index, std::span<const float> values) {
  std::vector<const WeightedVector*> contributions;
  for (std::size_t i = 0; i < report.members.size(); ++i) {
    if (!chunk.contributors.test(i)) continue;
    const auto found = brought_.find({report.members[i], report.time});
    if (found == brought_.end()) {
      return object("R1", peer, report, "names a contributor that did not take part");
    }
    contributions.push_back(&found->second);
  }
  double weight = 0;
  for (const auto* contribution : contributions) weight += contribution->weights[index];
  const double mean_weight = weight / static_cast<double>(contributions.size());
  if (!(std::abs(chunk.mean_weight - mean_weight) <= 1e-12 * mean_weight)) {
    object("R5", peer, report, fmt::format("mean weight {} instead of {}", chunk.mean_weight, mean_weight));
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    double sum = 0;
    double magnitude = 0;
    for (const auto* contribution : contributions) {
      const double term = contribution->weights[index] * contribution->values[chunk.begin + i];
      sum += term;
      magnitude += std::abs(term);
    }
    const double error = std::abs(values[i] - sum / weight);
    if (!(error <= error_bound(contributions.size(), magnitude, weight))) {
      return object("R1", peer, report,
                    fmt::format("element {} is off its contributors' mean by {}", chunk.begin + i, error));
    }
  }
}

void RoundJudge::judge_agreement(const PeerId& peer, const RoundReport& report,
                                 const ChunkReport& chunk, std::size_t index,
                                 std::span<const float> values) {
  const auto [place, first] = settled_.try_emplace({report.id, index});
  Settled& settled = place->second;
  if (first) {
    settled = {peer, {values.begin(), values.end()}, chunk.contributors};
    return;
  }
  const bool agree = same_bytes(settled.values, values) && settled.contributors == chunk.contributors;
  if (!agree) {
    object("R2", peer, report,
           fmt::format("holds another chunk {} than {}", index, settled.by.brief()));
  }
}

void RoundJudge::judge_kept(const PeerId& peer, const RoundReport& report, std::size_t index,
                            const WeightedVector& vector) {
  const auto& before = brought_.at({peer, report.time});
  const ChunkReport& chunk = report.chunks[index];
  const bool untouched = same_bytes(elements_of(before, chunk), elements_of(vector, chunk)) &&
                         before.weights[index] == vector.weights[index];
  if (!untouched) object("R3", peer, report, fmt::format("changed chunk {} and says it kept it", index));
}

void RoundJudge::judge_refusals(const PeerId& peer, const RoundReport& report) {
  for (std::size_t i = 0; i < report.members.size(); ++i) {
    if (!poisoners_.contains(report.members[i])) continue;
    for (const ChunkReport& chunk : report.chunks) {
      if (chunk.averaged && chunk.contributors.test(i)) {
        return object("R7", peer, report, "has a poisoner's values in its mean");
      }
    }
  }
  for (const LostPeer& lost : report.lost) {
    if (lost.reason != LossReason::refused) continue;
    ++refusals_;
    if (!poisoners_.contains(lost.peer)) object("R7", peer, report, "refused an honest peer: " + lost.sentence);
  }
}

}  // namespace moshpit::sim
