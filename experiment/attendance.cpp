#include "experiment/attendance.hpp"

#include <utility>

namespace moshpit {

Attendance::Attendance(std::size_t peers, double failure_rate, FailureModel model)
    : failure_rate_(failure_rate), model_(model), absent_(peers, false) {
  MOSHPIT_ASSERT(failure_rate >= 0 && failure_rate <= 1);
}

void Attendance::draw(Random& random) {
  absentees_ = 0;
  for (std::size_t peer = 0; peer < absent_.size(); ++peer) {
    absent_[peer] = random.chance(failure_rate_);
    absentees_ += absent_[peer] ? 1 : 0;
  }
}

std::span<PeerIndex> Attendance::assembled(std::span<PeerIndex> peers) const {
  return model_ == FailureModel::exclude ? present_first(peers) : peers;
}

std::span<PeerIndex> Attendance::participants(std::span<PeerIndex> group) const {
  const auto there = present_first(group);
  const bool is_void = model_ == FailureModel::group_fail && there.size() < group.size();
  return is_void ? group.first(0) : there;
}

std::span<PeerIndex> Attendance::present_first(std::span<PeerIndex> peers) const {
  if (everybody()) return peers;
  // Not std::stable_partition, which allocates, once for every group: only the order of the present
  // ones matters.
  std::size_t count = 0;
  for (PeerIndex& peer : peers) {
    if (present(peer)) std::swap(peers[count++], peer);
  }
  return peers.first(count);
}

}  // namespace moshpit
