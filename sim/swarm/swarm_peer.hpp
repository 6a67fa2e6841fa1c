// SwarmPeer: what runs on a simulated host: the product's Participant, and in place of a model a vector whose local work is
// known to the last step, so that a judge can tell when some of it is lost (promise R6).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "average/averager.hpp"
#include "loop/task_group.hpp"
#include "sim/swarm/findings.hpp"
#include "sim/swarm/round_judge.hpp"
#include "sim/world.hpp"
#include "train/participant.hpp"

namespace moshpit::sim {

enum class Poison { none, not_finite, negative_weight };

struct SwarmPeerOptions {
  Membership membership;
  RunPlan plan;
  std::vector<Address> entrance;  // empty: this peer founds the run
  std::optional<std::uint64_t> place;
  std::uint64_t steps = 2;
  double weight = 1;
  Poison poison = Poison::none;
};

class SwarmPeer final : public RoundObserver {
 public:
  SwarmPeer(Host& host, SwarmPeerOptions options, RoundJudge& judge, Findings& findings);

  bool joined() const { return joined_; }
  void begin() { begin_.set(); }  // all are there: averaging may start
  std::uint64_t steps_done() const { return steps_done_; }
  bool done() const { return steps_done_ >= options_.steps; }

  const std::vector<float>& values() const { return own_; }
  // After each round of the latest step.
  const std::vector<std::vector<float>>& after_round() const { return after_round_; }
  std::string explain() const { return participant_.is_member() ? participant_.averager().explain() : "joining"; }

  void round_begins(RoundTime time, const WeightedVector& vector) override;
  void round_ended(const RoundReport& report, const WeightedVector& vector) override;

 private:
  Task<> live();
  Task<> join();
  Task<> work();
  Task<> step();
  StepRequest request();
  void settle(const StepOutcome& outcome);
  void work_once();
  void judge_work(const StepOutcome& outcome);

  Loop& loop_;
  PeerId id_;
  SwarmPeerOptions options_;
  RoundJudge& judge_;
  Findings& findings_;
  Participant participant_;
  Event begin_;
  bool joined_ = false;
  std::uint64_t steps_done_ = 0;
  std::vector<float> own_;
  std::vector<float> carried_;
  std::vector<float> snapshot_;
  std::vector<double> pending_;     // local work not yet in any mean, kept in another way than the product does
  std::vector<double> given_;       // of which the step under way was given this much
  std::vector<std::vector<float>> after_round_;
  TaskGroup tasks_;
};

}  // namespace moshpit::sim
