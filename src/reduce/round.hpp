// Round: carries the frames of one Reducer over the links of its group. It decides nothing. After
// run() it goes on answering the others for as long as it lives. One thread: the loop's.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "loop/event.hpp"
#include "loop/task.hpp"
#include "loop/task_group.hpp"
#include "moshpit/report.hpp"
#include "net/network.hpp"
#include "reduce/measured_bandwidth.hpp"
#include "reduce/reducer.hpp"
#include "reduce/round_clock.hpp"
#include "wire/group.hpp"

namespace moshpit {

class Round {
 public:
  // The vector outlives run() and does not change until it is over.
  Round(Network& network, Group group, RoundPlan plan, const WeightedVector& vector);

  const RoundId& id() const { return group_.id; }
  const Reducer& reducer() const { return reducer_; }

  // Until the round is settled; at most plan.limits.round.
  Task<> run();
  // Others may have measured more patience, and ask later.
  Time answers_until() const { return start_ + 2 * limits_.round; }
  // Of the results that it holds, about.
  std::size_t bytes() const { return 1 + reducer_.elements() * sizeof(float); }

  // What the links have carried.
  std::uint64_t on_the_wire(std::uint64_t bytes) const;
  const PeakRate& up() const { return up_; }
  const PeakRate& down() const { return down_; }

  void hear(const PeerId& from, Bytes frame);
  void disconnected(const PeerId& peer);
  void declined(const PeerId& peer);

  // As Reducer::assign(). Requires: settled.
  void assign(WeightedVector& vector);

  // Requires: settled.
  RoundReport report() const;

 private:
  // One a member: brings it its frames, with a window of them in flight.
  Task<> send_to(std::size_t to);
  Task<> connect(std::size_t to);
  bool send_next(std::size_t to);
  void has_drained(std::size_t to);
  void send_notes();
  Duration pause_before_next(std::size_t to) const;
  std::optional<std::size_t> index_of(const PeerId& peer) const;
  void changed();
  void flush();
  std::optional<Frame> next_frame(std::size_t to);
  std::vector<MemberTraffic> traffic() const;

  Network& network_;
  Group group_;
  Time start_;
  RoundLimits limits_;
  RoundClock clock_;
  Reducer reducer_;
  std::size_t offered_ = 0;
  Time tick_at_{};
  PeakRate up_;
  PeakRate down_;
  struct Line {
    std::uint64_t handed_over = 0;  // bytes
    std::uint64_t left = 0;
    std::uint64_t came = 0;
    Time last_came{};
  };
  std::size_t window_;                        // bytes that may wait on a link
  std::vector<Line> lines_;                   // one a member
  std::uint64_t left_ = 0;                    // over all of them
  Event changed_;                             // it is settled, or to be ticked sooner
  std::vector<std::unique_ptr<Event>> work_;  // one a member: there may be frames for it
  TaskGroup senders_;
};

}  // namespace moshpit
