// RoundJudge: sees every round of every simulated peer at its two ends and holds it against the promises of a round
// (R1 exact, R2 agreement, R4 bounded, R5 once, R7 checked). It knows what everybody brought; the peers do not.
//
// R3 (complete) comes with take-over: until then a chunk that was not averaged must be reported as such and keep its bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "moshpit/report.hpp"
#include "reduce/all_reduce.hpp"
#include "sim/swarm/findings.hpp"

namespace moshpit::sim {

class RoundJudge {
 public:
  explicit RoundJudge(Findings& findings) : findings_(findings) {}

  // A peer that contributes what is not allowed in.
  void knows_poisoner(const PeerId& peer) { poisoners_.insert(peer); }
  // The peer stood still for a while, so its own clock says nothing about the deadline.
  void knows_frozen(const PeerId& peer) { frozen_.insert(peer); }

  void round_begins(const PeerId& peer, RoundTime time, const WeightedVector& vector);
  void round_ended(const PeerId& peer, const RoundReport& report, const WeightedVector& vector);

  // Chunks that were averaged by at least two, and refusals of poisoners: that the judges had something to judge.
  std::size_t chunks_judged() const { return chunks_judged_; }
  std::size_t refusals() const { return refusals_; }

 private:
  using Key = std::pair<PeerId, RoundTime>;
  struct Settled {
    PeerId by;
    std::vector<float> values;
    MemberSet contributors;
  };

  void judge_chunk(const PeerId& peer, const RoundReport& report, std::size_t chunk,
                   const WeightedVector& vector);
  void judge_mean(const PeerId& peer, const RoundReport& report, const ChunkReport& chunk,
                  std::size_t index, std::span<const float> values);
  void judge_agreement(const PeerId& peer, const RoundReport& report, const ChunkReport& chunk,
                       std::size_t index, std::span<const float> values);
  void judge_kept(const PeerId& peer, const RoundReport& report, std::size_t index,
                  const WeightedVector& vector);
  void judge_refusals(const PeerId& peer, const RoundReport& report);
  void object(const char* promise, const PeerId& peer, const RoundReport& report,
              const std::string& what);

  Findings& findings_;
  std::set<PeerId> poisoners_;
  std::set<PeerId> frozen_;
  std::map<Key, WeightedVector> brought_;
  std::map<std::pair<RoundId, std::size_t>, Settled> settled_;
  std::size_t chunks_judged_ = 0;
  std::size_t refusals_ = 0;
};

}  // namespace moshpit::sim
