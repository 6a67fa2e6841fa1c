// RoundJudge: sees every round of every simulated peer at its two ends and holds it against the
// promises of a round: R1 exact, R2 agreement, R3 complete, R4 bounded, R5 once, R6 nothing lost (a
// chunk that was not averaged keeps its bytes), R7 checked, R8 mass. It knows what everybody
// brought; the peers do not.
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
#include "sim/swarm/mass_judge.hpp"

namespace moshpit::sim {

class RoundJudge {
 public:
  RoundJudge(Findings& findings, double weight_limit, Codec codec = Codec::fp32)
      : findings_(findings), weight_limit_(weight_limit), codec_(codec), mass_(findings, codec) {}

  // A peer that contributes what is not allowed in. What it holds is its own business.
  void knows_poisoner(const PeerId& peer) { poisoners_.insert(peer); }
  // The peer stands still for a while, so its own clock says nothing about the deadline.
  void knows_frozen(const PeerId& peer) { frozen_.insert(peer); }

  // `now`: the peer's clock, read by the judge and not by the product.
  void round_begins(const PeerId& peer, RoundTime time, const WeightedVector& vector, Time now);
  void round_ended(const PeerId& peer, const RoundReport& report, const WeightedVector& vector,
                   Time now);
  // The peer is killed and comes back: its round never ends.
  void dies(const PeerId& peer) {
    under_way_.erase(peer);
    owed_.erase(peer);
  }
  // The run is over for a peer that lives.
  void leaves(const PeerId& peer, Time now);

  bool in_round(const PeerId& peer) const { return under_way_.contains(peer); }

  // That the judges had something to judge: chunks averaged by at least two, refusals, and rounds
  // whose report names a peer that was lost and not refused.
  struct Counters {
    std::size_t chunks_judged = 0;
    std::size_t refusals = 0;
    std::size_t rounds_with_loss = 0;
  };
  const Counters& counters() const { return counters_; }

 private:
  using Key = std::pair<PeerId, RoundTime>;
  // What each member came with, in member order; null for one that never began the round.
  using Brought = std::vector<const WeightedVector*>;
  struct Objection {
    const char* promise;
    std::string sentence;
  };
  // One result of a chunk, and who holds it. Members with different views may hold different ones.
  struct Result {
    struct Holder {
      std::size_t member;
      MemberSet view;
    };
    std::vector<float> values;
    MemberSet contributors;
    double mean_weight = 0;
    std::vector<Holder> holders;
  };

  struct UnderWay {
    RoundTime time;
    Time began;
  };

  void judge_time(const PeerId& peer, const RoundReport& report, Time now);
  Brought brought_to(const RoundReport& report, const WeightedVector& vector) const;
  bool choose_lives(const RoundReport& report, const WeightedVector& vector,
                    std::span<const std::size_t> uncertain, Brought& brought) const;
  void judge_chunk(const PeerId& peer, const RoundReport& report, std::size_t chunk,
                   const Brought& brought, const WeightedVector& vector);
  void judge_contributors(const PeerId& peer, const RoundReport& report, std::size_t chunk,
                          const Brought& brought, const WeightedVector& vector);
  std::vector<Objection> objections_to_mean(const Brought& contributions, const ChunkReport& chunk,
                                            std::size_t index, std::span<const float> values) const;
  bool judge_agreement(const PeerId& peer, const RoundReport& report, const ChunkReport& chunk,
                       std::size_t index, std::span<const float> values);
  void judge_view(const PeerId& peer, const RoundReport& report);
  void judge_kept(const PeerId& peer, const RoundReport& report, std::size_t index,
                  const WeightedVector& vector);
  void judge_completeness(const PeerId& peer, const RoundReport& report,
                          const WeightedVector& vector);
  bool has_weight(const RoundReport& report, std::size_t chunk) const;
  void judge_losses(const PeerId& peer, const RoundReport& report);
  bool forgot(const PeerId& peer, RoundTime time, const WeightedVector& owed,
              const WeightedVector& brought) const;
  bool may_be_refused(const PeerId& peer, RoundTime time) const;
  bool allowed(const WeightedVector& brought, const ChunkReport& chunk, std::size_t index) const;
  void object(const char* promise, const PeerId& peer, const RoundReport& report,
              const std::string& what);

  Findings& findings_;
  double weight_limit_;
  Codec codec_;
  std::set<PeerId> poisoners_;
  std::set<PeerId> frozen_;
  // One a life: a peer that was killed in a round and comes back may begin it again.
  std::map<Key, std::vector<WeightedVector>> brought_;
  std::map<std::pair<RoundId, std::size_t>, std::vector<Result>> results_;
  std::map<PeerId, UnderWay> under_way_;
  std::map<PeerId, WeightedVector> owed_;  // after its last round; without values
  MassJudge mass_;
  Counters counters_;
};

}  // namespace moshpit::sim
