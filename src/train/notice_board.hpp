// NoticeBoard: the rounds that ended, as notices for whoever polls. Bounded: what nobody fetches is
// dropped and counted. Written by the loop, read by any thread.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "average/averager.hpp"
#include "moshpit/peer.hpp"

namespace moshpit {

// "step 12, round 1: averaged with 1 other in group (0,*) of 3x3 after 0.04 s; lost 3f2a9c01 (its
// connection closed)".
std::string describe(const RoundReport& report);

class NoticeBoard final : public RoundObserver {
 public:
  void round_begins(RoundTime, const WeightedVector&) override {}
  void round_ended(const RoundReport& report, const WeightedVector&) override;

  std::vector<Notice> take();
  std::uint64_t dropped() const;

 private:
  mutable std::mutex mutex_;
  std::deque<Notice> notices_;
  std::uint64_t dropped_ = 0;
};

}  // namespace moshpit
