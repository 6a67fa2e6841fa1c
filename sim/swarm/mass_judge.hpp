// MassJudge: promise R8. The weighted sum of a group, sum(w x) over its members, is kept by a round
// in which nobody was lost, whatever the codec: x is what a member contributes, with what was
// rounded off before. Otherwise it changes by what follows from the bitmaps of those who
// finished: a chunk that was averaged hands each of them the mean of its contributors with their
// mean weight, one that was not leaves them their own, and who died takes along what it held. The
// judge knows what everybody brought.
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "moshpit/report.hpp"
#include "reduce/all_reduce.hpp"
#include "sim/swarm/findings.hpp"

namespace moshpit::sim {

class MassJudge {
 public:
  MassJudge(Findings& findings, Codec codec) : findings_(findings), codec_(codec) {}

  // A member has finished the round. `brought`: what each member came with, in member order; null
  // for one that never began it.
  void ended(const RoundReport& report, const std::vector<const WeightedVector*>& brought,
             const WeightedVector& held);

 private:
  // What a chunk's mean is worth to each who got it, an entry an element. Members name the same
  // contributors, so it is computed once.
  struct Share {
    MemberSet contributors;
    std::vector<double> mass;
  };
  // Sums over the members that have finished, an entry an element.
  struct Sums {
    std::size_t finished = 0;
    bool lossless = true;
    std::vector<double> held;
    std::vector<double> implied;
    std::vector<Share> shares;  // one a chunk
  };

  void add(Sums& sums, const RoundReport& report, std::size_t chunk,
           const std::vector<const WeightedVector*>& brought, const WeightedVector& held);
  static const Share& share_of(Sums& sums, const ChunkReport& chunk, std::size_t index,
                               const std::vector<const WeightedVector*>& brought);
  void judge(const RoundReport& report, const std::vector<const WeightedVector*>& brought,
             const Sums& sums);

  Findings& findings_;
  Codec codec_;
  std::map<RoundId, Sums> rounds_;
};

}  // namespace moshpit::sim
