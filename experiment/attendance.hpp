// Attendance: who is there in a round. Each peer is absent with the same probability, independently
// of the others and of its past: whoever missed a round is back in the next with the same chance as
// everybody.
//
// A pure machine. The two failure models of the literature differ in what an absent peer does to
// its group.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/random.hpp"

namespace moshpit {

using PeerIndex = std::uint32_t;

enum class FailureModel {
  exclude,     // it never shows up: the group goes on without it
  group_fail,  // it fails in the middle of the round: nobody in the group averages
};

class Attendance {
 public:
  // Everybody is there until the first draw. Requires: 0 <= failure_rate <= 1.
  Attendance(std::size_t peers, double failure_rate, FailureModel model);

  // A new round begins.
  void draw(Random& random);

  bool present(PeerIndex peer) const { return !absent_[peer]; }
  bool everybody() const { return absentees_ == 0; }

  // Those that are there when groups are assembled, moved to the front in their order: under
  // `exclude` the present ones, under `group_fail` all.
  std::span<PeerIndex> assembled(std::span<PeerIndex> peers) const;

  // Those of the group that average with one another, moved to its front in their order: under
  // `exclude` the present ones, under `group_fail` all or nobody.
  std::span<PeerIndex> participants(std::span<PeerIndex> group) const;

 private:
  std::span<PeerIndex> present_first(std::span<PeerIndex> peers) const;

  double failure_rate_;
  FailureModel model_;
  std::vector<bool> absent_;
  std::size_t absentees_ = 0;
};

}  // namespace moshpit
