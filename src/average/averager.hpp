// Averager: this peer's averaging steps. A step is d rounds; a round is: stand under the grid key,
// find a group, take the digit for the next key, average (paper.md, "Moshpit All-Reduce"). The grid
// is that which is in force at the step (surveyor.hpp). One thread: the loop's. One step at a time.
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
#include "average/surveyor.hpp"
#include "directory/directory.hpp"
#include "loop/event.hpp"
#include "loop/task.hpp"
#include "match/grid_key.hpp"
#include "match/matchmaking.hpp"
#include "moshpit/grid.hpp"
#include "moshpit/peer.hpp"
#include "moshpit/report.hpp"
#include "net/network.hpp"
#include "reduce/all_reduce.hpp"
#include "reduce/debt.hpp"

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
  Grid grid;                        // on which the run begins
  std::uint32_t largest_group = 0;  // 0: it stays there
  double weight_limit = 1e9;
  Codec state_codec = Codec::fp32;   // of what travels in a step that averages the state,
  Codec change_codec = Codec::fp32;  // and in one that averages changes
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

  // That it will be if it begins now.
  std::uint64_t coming_step(std::uint64_t at_least) const {
    return std::max({clock_ + 1, matchmaking_.newest_step_seen(), at_least});
  }
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

  // The grids that count from now on: for newcomers.
  std::vector<Shape> shapes() const { return surveyor_.known(); }
  // From the member that let this peer in, before it takes a place.
  void learn_shapes(const std::vector<Shape>& shapes) { surveyor_.learn(shapes); }
  // The grid of the step under way, or else of the coming one.
  const Grid& grid() const { return under_way_ ? shape_->grid : coming_shape()->grid; }

  void observe(RoundObserver& observer) { observer_ = &observer; }
  // While a step is under way, and the line of this peer is known: how many bytes a second it
  // carries, which others wait for. Otherwise 0.
  double line_in_use() const { return under_way_ ? all_reduce_.bandwidth() : 0; }
  // What others sent before this peer was ready for it, and is still kept.
  std::size_t early_frames() const { return all_reduce_.early_frames(); }
  std::size_t early_questions() const { return matchmaking_.early_questions(); }
  std::string explain() const;
  // Empty while a newcomer looks for one.
  std::string place() const;

 private:
  // How vectors of one kind travel, and what that has rounded off.
  struct Travel {
    Codec codec;
    Debt debt;
  };

  void begin_step(std::uint64_t at_least);
  Travel& travel_of(Averaged what);
  WeightedVector prepare(StepRequest& request, Travel& travel);
  void take_standpoint();
  void end_step();
  void move_to_coming_shape();
  void claim_on_coming_shape();
  GridKey place_on(const Shape& shape);
  Task<RoundReport> round(RoundTime time, WeightedVector& vector);
  Task<RoundReport> reduce(Group group, WeightedVector& vector);
  Task<std::optional<Group>> find_group(RoundTime time);
  Task<> guide();
  void suggest_those_present();
  void stand(RoundTime time, const GridKey& key);
  std::uint32_t room() const;
  Duration patience_left(std::uint32_t round) const;
  Task<bool> find_host(RoundTime time);
  Task<> tell_when_hosted(Event& over);
  Task<> tell_of_newer_step(Event& over, Time until);
  Search search_for(RoundTime time) const;
  std::optional<GridKey> refuge_after(const Group& group) const;
  bool guests_are_there(RoundTime time) const;
  bool accepts() const { return !network_.self().addresses.empty(); }  // connections
  void move_on(RoundTime time, const std::optional<Group>& group);
  void note_group(RoundTime time, const std::optional<Group>& group);
  double peers_there() const;
  ShapeBook::Known coming_shape() const { return surveyor_.at(clock_ + 1); }
  bool anybody_there() const { return network_.connected_to_anybody(); }

  Network& network_;
  RunId run_;
  Surveyor surveyor_;
  ShapeBook::Known shape_;  // of the step under way, or of the last one
  GridKey key_;
  ClaimBoard claims_;
  std::optional<GridKey> refuge_;  // see ClaimBoard::Stay
  ShapeBook::Known claimed_;       // the shape on which a place is claimed, while one is
  Matchmaking matchmaking_;
  AllReduce all_reduce_;
  Travel states_;
  Travel changes_;
  std::size_t vector_bytes_ = 0;  // on the wire, of the step under way
  Patience patience_;
  RoundObserver* observer_ = nullptr;
  std::uint64_t clock_ = 0;
  Time step_began_{};
  Time host_until_{};  // waits so long for somebody who accepts connections
  bool under_way_ = false;
  Duration step_interval_{0};           // between the beginnings of the last two; 0 in the first
  std::uint32_t rounds_ = 0;            // of the step under way
  bool saw_hole_ = false;               // in the step under way
  std::size_t members_met_ = 0;         // in its groups, this peer included in each
  bool newcomer_ = true;                // until its first step
  std::unique_ptr<Presence> presence_;  // while this peer looks for its group
};

}  // namespace moshpit
