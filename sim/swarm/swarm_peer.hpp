// SwarmPeer: what runs on a simulated host: the product's Participant, and in place of a model a
// vector whose local work is known to the last step, so that a judge can tell when some of it is
// lost (promise R6). It averages until it is told to rest.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "average/averager.hpp"
#include "loop/task_group.hpp"
#include "sim/swarm/findings.hpp"
#include "sim/swarm/gate.hpp"
#include "sim/swarm/repeating_transport.hpp"
#include "sim/swarm/round_judge.hpp"
#include "sim/world.hpp"
#include "train/participant.hpp"

namespace moshpit::sim {

enum class Poison { none, not_finite, negative_weight, too_heavy };

// The states that peers offered to newcomers, of all peers of a world.
using Offered = std::set<std::vector<float>>;

struct SwarmPeerOptions {
  Membership membership;
  RunPlan plan;
  std::vector<Address> entrance;  // empty: this peer founds the run
  std::optional<std::uint64_t> place;
  std::uint64_t steps = 2;  // until it is done
  double weight = 1;
  Poison poison = Poison::none;
  bool repeats = false;  // sends every chunk several times
  bool late = false;     // the others are under way: it downloads their state
  bool works = true;     // makes local steps beside the averaging steps
  Duration between_steps{0};
  bool goes_on = true;             // averages until it is told to rest, not only `steps` times
  Gate* gate = nullptr;            // between it and its links
  Duration comes_after{0};         // waits for so long before it joins
  std::function<void()> on_round;  // called when it begins one
  std::function<void(const RoundReport&, const WeightedVector&)> on_round_ended;
};

class SwarmPeer final : public RoundObserver {
 public:
  SwarmPeer(Host& host, SwarmPeerOptions options, RoundJudge& judge, Findings& findings,
            Offered& offered);

  bool joined() const { return joined_; }
  bool placed() const { return participant_.averager().is_placed(); }
  void begin() { begin_.set(); }                     // all are there: averaging may start
  void leave() { judge_.leaves(id_, loop_.now()); }  // the world ends
  std::uint64_t steps_done() const { return steps_done_; }
  bool done() const { return steps_done_ >= options_.steps; }
  bool came_late() const { return options_.late; }

  void stop_working() { working_ = false; }  // no more local steps
  void stop_averaging() { goes_on_ = false; }
  bool resting() const { return resting_; }  // no step is under way, and none will be

  const std::vector<float>& values() const { return own_; }  // once it has begun to run
  const Grid& grid() const { return participant_.averager().grid(); }
  // Rounds in which it was averaged with somebody.
  std::uint64_t rounds_averaged() const { return rounds_averaged_; }
  Participant& participant() { return participant_; }  // to look at
  std::uint64_t bytes_sent() const { return participant_.network().counters().bytes_sent; }
  std::string explain() const {
    return participant_.is_member() ? participant_.averager().explain() : "joining";
  }

  void round_begins(RoundTime time, const WeightedVector& vector) override;
  void round_ended(const RoundReport& report, const WeightedVector& vector) override;

 private:
  void draw_values();
  Task<> live();
  Task<> join();
  Task<> catch_up();
  void find(std::string judge, std::string sentence);
  void begin_from(const Result<RunState>& state);
  Task<> rest();
  Task<> work();
  Task<> step();
  StepRequest request();
  void settle(const StepOutcome& outcome);
  void offer();
  void work_once();
  void judge_completeness(const StepOutcome& outcome);
  void judge_work(const StepOutcome& outcome);
  bool judge_element(std::size_t i);

  Host& host_;
  Loop& loop_;
  PeerId id_;
  Duration work_takes_;  // a local step, on this device
  SwarmPeerOptions options_;
  RoundJudge& judge_;
  Findings& findings_;
  Offered& offered_;
  std::optional<GatedTransport> gated_;
  Transport& transport_;
  RepeatingTransport repeating_;
  Participant participant_;
  Event begin_;
  bool joined_ = false;
  bool working_;
  bool goes_on_;
  bool resting_ = false;
  std::uint64_t steps_done_ = 0;
  std::uint64_t rounds_averaged_ = 0;
  std::vector<float> own_;
  std::vector<float> carried_;
  std::vector<float> snapshot_;
  // What the judge of promise R6 keeps, in another way than the product does: the mean that this
  // peer began from, the local work that is in no mean yet, and what of it a step was given.
  std::vector<float> mean_;
  std::vector<double> pending_;
  std::vector<double> given_;
  TaskGroup tasks_;
};

}  // namespace moshpit::sim
