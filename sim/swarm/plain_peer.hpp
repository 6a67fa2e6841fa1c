// PlainPeer: the product's Participant on a simulated host, with one vector that it averages step
// after step, and no local work. For experiments that look at how fast a swarm averages.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "average/averager.hpp"
#include "loop/task_group.hpp"
#include "sim/world.hpp"
#include "train/participant.hpp"

namespace moshpit::sim {

struct PlainPeerOptions {
  Membership membership;
  RunPlan plan;
  std::vector<Address> entrance;  // empty: this peer founds the run
  Duration comes_after{0};
  Duration between_steps{0};  // unless somebody calls to the next one
  // Told (Host::tell) after each of its rounds.
  std::function<void(const RoundReport&, const WeightedVector&)> on_round_ended;
};

class PlainPeer final : public RoundObserver {
 public:
  PlainPeer(Host& host, PlainPeerOptions options, std::vector<float> values);

  bool has_joined() const { return joined_; }
  bool has_place() const { return joined_ && participant_.averager().is_placed(); }
  bool resting() const { return resting_; }
  void begin() { begin_.set(); }  // averaging may start

  // Takes leave, as a peer does that ends in good order.
  void leave();
  bool has_left() const { return left_; }

  // Requires: resting.
  void replace(std::vector<float> values) { values_ = std::move(values); }
  const std::vector<float>& values() const { return values_; }

  std::uint64_t steps_begun() const { return joined_ ? participant_.averager().steps_begun() : 0; }
  // Of the step under way, or of the coming one. Requires: has_joined().
  const Grid& grid() const { return participant_.averager().grid(); }

  void round_begins(RoundTime, const WeightedVector&) override {}
  void round_ended(const RoundReport& report, const WeightedVector& vector) override;

 private:
  Task<> live();
  Task<> join();
  Task<> step();
  Task<> take_leave();

  Host& host_;
  Loop& loop_;
  PlainPeerOptions options_;
  std::vector<float> values_;
  Participant participant_;
  Event begin_;
  bool joined_ = false;
  bool resting_ = false;
  bool left_ = false;
  TaskGroup life_;
  TaskGroup leaving_;
};

}  // namespace moshpit::sim
