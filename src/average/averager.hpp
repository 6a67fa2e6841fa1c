// Averager: this peer's averaging steps. A step is d rounds; a round is: stand under the grid key,
// find a group, take the digit for the next key, average (paper.md, "Moshpit All-Reduce"). One
// thread: the loop's. One step at a time.
//
// The next key is known as soon as a group stands, so a peer stands under it while it still
// averages: when the next round begins, everybody knows whom to expect.
//
// The step works on a private vector; the caller's tensors are touched by nobody until it is
// settled (promise R6).
//
// Differences from the paper: weights travel with the values (round.md, "Weights"); digits are
// drawn, not slice indices.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "average/claims.hpp"
#include "average/patience.hpp"
#include "average/presence.hpp"
#include "directory/directory.hpp"
#include "loop/task.hpp"
#include "match/grid_key.hpp"
#include "match/matchmaking.hpp"
#include "moshpit/grid.hpp"
#include "moshpit/peer.hpp"
#include "moshpit/report.hpp"
#include "net/network.hpp"
#include "reduce/all_reduce.hpp"

namespace moshpit {

// Sees every round at its two ends: notices for the user, judges in the simulator. Called from the
// loop.
class RoundObserver {
 public:
  virtual ~RoundObserver() = default;
  virtual void round_begins(RoundTime time, const WeightedVector& vector) = 0;
  virtual void round_ended(const RoundReport& report, const WeightedVector& vector) = 0;
};

struct AveragerOptions {
  RunId run;
  Grid grid;
  double weight_limit = 1e9;
};

class Averager {
 public:
  Averager(Network& network, Directory& directory, AveragerOptions options);

  // Claims a place on the grid for the coming step, and keeps it until that step begins; with
  // `place`, that one.
  void take_place(std::optional<std::uint64_t> place);
  // Until the place is held. False if the deadline came first; the claim goes on.
  Task<bool> placed(Time deadline);
  // Whether it is held at this moment: nobody contests it any more.
  bool is_placed() const { return claims_.is_settled(); }

  // Runs the next averaging step. Requires: values finite, weight finite and not negative.
  Task<StepOutcome> step(StepRequest request);

  // Steps begun so far by this peer, or learnt on joining: the run's clock.
  std::uint64_t steps_begun() const { return clock_; }
  void learn_clock(std::uint64_t step);
  // Lets everybody hear of the step before this peer begins it.
  void call_to(std::uint64_t step) { matchmaking_.step_begins(step); }
  // The newest step that anybody is known to have begun, and the wait for one newer than that.
  std::uint64_t newest_step() const { return std::max(clock_, matchmaking_.newest_step_seen()); }
  Task<> await_newer_step(std::uint64_t step, Time deadline) {
    return matchmaking_.await_newer_step(step, deadline);
  }

  void observe(RoundObserver& observer) { observer_ = &observer; }
  std::string explain() const;
  std::string place() const { return under_way_ ? key_.text() : claims_.key().text(); }

 private:
  void begin_step(std::uint64_t at_least);
  void end_step();
  Task<RoundReport> round(RoundTime time, WeightedVector& vector);
  Task<std::optional<Group>> find_group(RoundTime time);
  Task<> guide();
  void suggest_those_present();
  void stand_under_key(RoundTime time);
  void move_on(RoundTime time, const std::optional<Group>& group);
  Duration usual_round_trip() const;  // to peers with a link
  bool anybody_there() const { return network_.connected_to_anybody(); }

  Network& network_;
  Directory& directory_;
  AveragerOptions options_;
  GridKey key_;
  ClaimBoard claims_;
  Matchmaking matchmaking_;
  AllReduce all_reduce_;
  Patience patience_;
  RoundObserver* observer_ = nullptr;
  std::uint64_t clock_ = 0;
  Time step_began_{};
  bool under_way_ = false;
  std::uint32_t rounds_ = 0;            // of the step under way
  bool saw_hole_ = false;               // in the step under way
  bool newcomer_ = true;                // until its first step
  std::unique_ptr<Presence> presence_;  // under the key of the round under way, or of the next one
};

}  // namespace moshpit
