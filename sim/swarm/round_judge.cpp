#include "sim/swarm/round_judge.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <utility>

#include "codec/codec.hpp"
#include "reduce/partition.hpp"

namespace moshpit::sim {
namespace {

using namespace std::chrono_literals;

// A round whose group nobody comes to: the longest patience of a step with three rounds, and the
// overtime of a search.
constexpr Duration longest_matching = 15s;

// The bound of promise R1 for a sum of n terms in fp32.
double error_bound(std::size_t terms, double weighted_magnitude, double weight) {
  const double u = 0x1.0p-24;
  const double n = static_cast<double>(terms + 1) * u;
  return n / (1 - n) * weighted_magnitude / weight;
}

bool same_bytes(std::span<const float> a, std::span<const float> b) {
  if (a.size() != b.size()) return false;
  return a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

// In the next step a peer's contribution may weigh something else.
bool owe_the_same(const WeightedVector& a, const WeightedVector& b) {
  if (a.residuals.size() != b.residuals.size()) return false;
  const ChunkLayout layout(a.residuals.size());
  for (std::size_t i = 0; i < a.residuals.size(); ++i) {
    const std::size_t chunk = i / layout.chunk_elements();
    const double before = a.weights[chunk] * a.residuals[i];
    const double now = b.weights[chunk] * b.residuals[i];
    if (!(std::abs(now - before) <= 1e-6 * std::abs(before))) return false;
  }
  return true;
}

std::span<const float> elements_of(const WeightedVector& vector, const ChunkReport& chunk) {
  return std::span(vector.values).subspan(chunk.begin, chunk.end - chunk.begin);
}

// Of what anybody contributes to the chunk.
double largest_of(const std::vector<const WeightedVector*>& contributions,
                  const ChunkReport& chunk) {
  double largest = 0;
  for (const WeightedVector* contribution : contributions) {
    for (std::size_t i = chunk.begin; i < chunk.end; ++i) {
      largest = std::max(largest, std::abs(contribution->contribution(i)));
    }
  }
  return largest;
}

// What the codec may lose of a value. The bound of a rounded value is that of a slightly larger
// one.
double rounding(Codec codec, double value, double largest) {
  if (codec == Codec::fp32) return 0;  // soon: this is asked of every element
  constexpr double slightly = 1.02;
  return slightly * encoding_error(codec, static_cast<float>(value), static_cast<float>(largest));
}

std::vector<const WeightedVector*> contributions_of(
    const std::vector<const WeightedVector*>& brought, const ChunkReport& chunk) {
  std::vector<const WeightedVector*> contributions;
  for (std::size_t i = 0; i < brought.size(); ++i) {
    if (chunk.contributors.test(i)) contributions.push_back(brought[i]);
  }
  return contributions;
}

}  // namespace

void RoundJudge::object(const char* promise, const PeerId& peer, const RoundReport& report,
                        const std::string& what) {
  findings_.add(promise, fmt::format("peer {}, step {}, round {}: {}", peer.brief(),
                                     report.time.step, report.time.round, what));
}

// From round to round nothing changes. What is owed waits as long as a peer brings a weight that
// nobody takes.
bool RoundJudge::forgot(const PeerId& peer, RoundTime time, const WeightedVector& owed,
                        const WeightedVector& brought) const {
  if (time.round > 0) return !same_bytes(owed.residuals, brought.residuals);
  return !poisoners_.contains(peer) && !owe_the_same(owed, brought);
}

void RoundJudge::round_begins(const PeerId& peer, RoundTime time, const WeightedVector& vector,
                              Time now) {
  const auto owed = owed_.find(peer);
  if (owed != owed_.end() && forgot(peer, time, owed->second, vector)) {
    findings_.add("R6", fmt::format("peer {}, step {}, round {}: forgot what it owed", peer.brief(),
                                    time.step, time.round));
  }
  brought_[{peer, time}].push_back(vector);
  under_way_.insert_or_assign(peer, UnderWay{time, now});
}

void RoundJudge::round_ended(const PeerId& peer, const RoundReport& report,
                             const WeightedVector& vector, Time now) {
  judge_time(peer, report, now);
  under_way_.erase(peer);
  WeightedVector& owed = owed_[peer];
  owed.weights = vector.weights;
  owed.residuals = vector.residuals;
  if (poisoners_.contains(peer)) return;
  const Brought brought = brought_to(report, vector);
  for (std::size_t chunk = 0; chunk < report.chunks.size(); ++chunk) {
    judge_chunk(peer, report, chunk, brought, vector);
  }
  judge_completeness(peer, report, vector);
  judge_view(peer, report);
  const auto poisons = [&](const PeerId& member) { return poisoners_.contains(member); };
  // What a poisoner brings has no sum.
  if (std::ranges::none_of(report.members, poisons)) mass_.ended(report, brought, vector);
  judge_losses(peer, report);
}

// A report that says how long the round took is not believed.
void RoundJudge::judge_time(const PeerId& peer, const RoundReport& report, Time now) {
  if (frozen_.contains(peer)) return;
  const Duration took = now - under_way_.at(peer).began;
  if (report.matching > longest_matching) {
    object("R4", peer, report,
           fmt::format("waited {:.3f} s for a group", seconds(report.matching)));
  }
  if (took - report.matching > report.deadline) {
    object("R4", peer, report,
           fmt::format("took {:.3f} s and had {:.3f} s", seconds(took - report.matching),
                       seconds(report.deadline)));
  }
}

void RoundJudge::leaves(const PeerId& peer, Time now) {
  const auto open = under_way_.find(peer);
  if (open == under_way_.end() || frozen_.contains(peer)) return;
  const Duration longest = longest_matching + 30s;  // far beyond the deadline of any small round
  if (now - open->second.began < longest) return;
  findings_.add("R4", fmt::format("peer {}, step {}, round {}: never ended", peer.brief(),
                                  open->second.time.step, open->second.time.round));
}

// Only one life of a peer is in a group: it has forgotten the groups of the one before. Which one
// is seen from the means, and all chunks must say the same.
RoundJudge::Brought RoundJudge::brought_to(const RoundReport& report,
                                           const WeightedVector& vector) const {
  Brought brought;
  std::vector<std::size_t> uncertain;
  for (std::size_t i = 0; i < report.members.size(); ++i) {
    const auto lives = brought_.find({report.members[i], report.time});
    brought.push_back(lives == brought_.end() ? nullptr : &lives->second.back());
    const bool again = brought.back() && lives->second.size() > 1;
    if (again && i != report.self) uncertain.push_back(i);
  }
  if (!uncertain.empty()) choose_lives(report, vector, uncertain, brought);
  return brought;
}

// If no choice explains the means, the last one stands to be objected to.
bool RoundJudge::choose_lives(const RoundReport& report, const WeightedVector& vector,
                              std::span<const std::size_t> uncertain, Brought& brought) const {
  if (!uncertain.empty()) {
    const std::size_t member = uncertain.front();
    for (const WeightedVector& life : brought_.at({report.members[member], report.time})) {
      brought[member] = &life;
      if (choose_lives(report, vector, uncertain.subspan(1), brought)) return true;
    }
    return false;
  }
  for (std::size_t index = 0; index < report.chunks.size(); ++index) {
    const ChunkReport& chunk = report.chunks[index];
    if (!chunk.averaged) continue;
    const Brought contributions = contributions_of(brought, chunk);
    if (std::ranges::count(contributions, nullptr) > 0) continue;
    const auto values = elements_of(vector, chunk);
    if (!objections_to_mean(contributions, chunk, index, values).empty()) return false;
  }
  return true;
}

void RoundJudge::judge_chunk(const PeerId& peer, const RoundReport& report, std::size_t index,
                             const Brought& brought, const WeightedVector& vector) {
  const ChunkReport& chunk = report.chunks[index];
  if (!chunk.averaged) return judge_kept(peer, report, index, vector);
  const bool known = judge_agreement(peer, report, chunk, index, elements_of(vector, chunk));
  if (!known) judge_contributors(peer, report, index, brought, vector);
  if (chunk.contributors.count() > 1) ++counters_.chunks_judged;
}

void RoundJudge::judge_contributors(const PeerId& peer, const RoundReport& report,
                                    std::size_t index, const Brought& brought,
                                    const WeightedVector& vector) {
  const ChunkReport& chunk = report.chunks[index];
  for (std::size_t i = 0; i < report.members.size(); ++i) {
    if (!chunk.contributors.test(i)) continue;
    if (brought[i] == nullptr) {
      return object("R1", peer, report, "names a contributor that did not take part");
    }
    if (!allowed(*brought[i], chunk, index)) {
      return object("R7", peer, report,
                    fmt::format("took in what {} must not contribute", report.members[i].brief()));
    }
  }
  const Brought contributions = contributions_of(brought, chunk);
  for (const Objection& objection :
       objections_to_mean(contributions, chunk, index, elements_of(vector, chunk))) {
    object(objection.promise, peer, report, objection.sentence);
  }
}

std::vector<RoundJudge::Objection> RoundJudge::objections_to_mean(
    const Brought& contributions, const ChunkReport& chunk, std::size_t index,
    std::span<const float> values) const {
  std::vector<Objection> objections;
  double weight = 0;
  for (const auto* contribution : contributions) weight += contribution->weights[index];
  const double mean_weight = weight / static_cast<double>(contributions.size());
  if (!(std::abs(chunk.mean_weight - mean_weight) <= 1e-12 * mean_weight)) {
    objections.push_back(
        {"R5", fmt::format("mean weight {} instead of {}", chunk.mean_weight, mean_weight)});
  }
  const double largest = largest_of(contributions, chunk);
  for (std::size_t i = 0; i < values.size(); ++i) {
    double sum = 0;
    double magnitude = 0;
    double rounded_off = 0;
    for (const auto* contribution : contributions) {
      const double value = contribution->contribution(chunk.begin + i);
      const double weighs = contribution->weights[index];
      sum += weighs * value;
      magnitude += weighs * std::abs(value);
      rounded_off += weighs * rounding(codec_, value, largest);
    }
    const double error = std::abs(values[i] - sum / weight);
    const double codec_error = rounded_off / weight + rounding(codec_, values[i], 2 * largest);
    if (error <= error_bound(contributions.size(), magnitude, weight) + codec_error) continue;
    objections.push_back({"R1", fmt::format("element {} is off its contributors' mean by {}",
                                            chunk.begin + i, error)});
    break;
  }
  return objections;
}

// Promise R2: two members that finish, each in the other's view, hold the same. True if another
// one's result, which has been judged, was the very same.
bool RoundJudge::judge_agreement(const PeerId& peer, const RoundReport& report,
                                 const ChunkReport& chunk, std::size_t index,
                                 std::span<const float> values) {
  std::vector<Result>& results = results_[{report.id, index}];
  Result* same = nullptr;
  for (Result& result : results) {
    if (same_bytes(result.values, values) && result.contributors == chunk.contributors &&
        result.mean_weight == chunk.mean_weight) {
      same = &result;
      continue;
    }
    for (const Result::Holder& holder : result.holders) {
      if (!report.view[holder.member] || !holder.view[report.self]) continue;
      object("R2", peer, report,
             fmt::format("holds another chunk {} than {}", index,
                         report.members[holder.member].brief()));
    }
  }
  const bool known = same != nullptr;
  if (!known) {
    results.push_back({{values.begin(), values.end()}, chunk.contributors, chunk.mean_weight, {}});
    same = &results.back();
  }
  same->holders.push_back({report.self, report.view});
  return known;
}

// A report that left somebody out in silence would make promise R2 empty.
void RoundJudge::judge_view(const PeerId& peer, const RoundReport& report) {
  if (report.view.none()) return;
  if (!report.view[report.self]) return object("R2", peer, report, "is not in its own view");
  for (std::size_t i = 0; i < report.members.size(); ++i) {
    const PeerId& member = report.members[i];
    const auto names_it = [&](const LostPeer& lost) { return lost.peer == member; };
    if (report.view[i] || std::ranges::any_of(report.lost, names_it)) continue;
    return object("R2", peer, report,
                  fmt::format("has {} neither in its view nor lost", member.brief()));
  }
}

void RoundJudge::judge_kept(const PeerId& peer, const RoundReport& report, std::size_t index,
                            const WeightedVector& vector) {
  const WeightedVector& before = brought_.at({peer, report.time}).back();
  const ChunkReport& chunk = report.chunks[index];
  const bool untouched = same_bytes(elements_of(before, chunk), elements_of(vector, chunk)) &&
                         before.weights[index] == vector.weights[index];
  if (!untouched)
    object("R6", peer, report, fmt::format("changed chunk {} and says it kept it", index));
}

// Promise R3: whoever finishes has every chunk; whoever fails keeps all and says because of whom.
void RoundJudge::judge_completeness(const PeerId& peer, const RoundReport& report,
                                    const WeightedVector& vector) {
  if (report.members.empty()) return;
  std::size_t covered = 0;
  for (const ChunkReport& chunk : report.chunks) {
    if (chunk.begin == covered) covered = chunk.end;
  }
  if (covered != vector.values.size()) {
    return object("R3", peer, report, fmt::format("says nothing of element {}", covered));
  }
  const bool failed = report.view.none();
  if (failed && report.lost.empty()) {
    return object("R3", peer, report, "failed and does not say because of whom");
  }
  for (std::size_t chunk = 0; chunk < report.chunks.size(); ++chunk) {
    const bool averaged = report.chunks[chunk].averaged;
    if (failed ? !averaged : averaged || !has_weight(report, chunk)) continue;
    return object(
        "R3", peer, report,
        fmt::format("{} chunk {}", failed ? "failed and averaged" : "finished without", chunk));
  }
}

// Whether somebody who took part, and brought what is allowed in, gave it any.
bool RoundJudge::has_weight(const RoundReport& report, std::size_t chunk) const {
  const auto is_lost = [&](const PeerId& member) {
    return std::ranges::any_of(report.lost,
                               [&](const LostPeer& lost) { return lost.peer == member; });
  };
  return std::ranges::any_of(report.members, [&](const PeerId& member) {
    const auto found = brought_.find({member, report.time});
    if (found == brought_.end() || poisoners_.contains(member) || is_lost(member)) return false;
    return std::ranges::any_of(found->second,
                               [&](const auto& life) { return life.weights[chunk] > 0; });
  });
}

void RoundJudge::judge_losses(const PeerId& peer, const RoundReport& report) {
  bool lost_one = false;
  for (const LostPeer& lost : report.lost) {
    if (lost.reason != LossReason::refused) {
      lost_one = true;
    } else if (may_be_refused(lost.peer, report.time)) {
      ++counters_.refusals;
    } else {
      object("R7", peer, report, "refused what is allowed: " + lost.sentence);
    }
  }
  if (lost_one) ++counters_.rounds_with_loss;
}

// After a first round with others a poisoner holds their mean, and is as good as anybody.
bool RoundJudge::may_be_refused(const PeerId& peer, RoundTime time) const {
  const auto found = brought_.find({peer, time});
  if (found == brought_.end()) return false;
  for (const WeightedVector& life : found->second) {
    ChunkReport whole;
    whole.end = life.values.size();
    for (std::size_t chunk = 0; chunk < life.weights.size(); ++chunk) {
      if (!allowed(life, whole, chunk)) return true;
    }
  }
  return false;
}

// Promise R7.
bool RoundJudge::allowed(const WeightedVector& brought, const ChunkReport& chunk,
                         std::size_t index) const {
  const double weight = brought.weights[index];
  const auto values = elements_of(brought, chunk);
  return weight >= 0 && weight <= weight_limit_ &&
         std::ranges::all_of(values, [](float value) { return std::isfinite(value); });
}

}  // namespace moshpit::sim
