// MoshpitPeer: a device of an experiment that trains with Moshpit SGD: the product's Participant on
// a simulated host, its Training, which decides when to average and what to make of it, and the
// loop of a caller. Local steps take the time that they are charged with; an averaging step runs
// beside them. The world's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "average/averager.hpp"
#include "experiment/training/training_world.hpp"
#include "loop/task_group.hpp"
#include "sim/world.hpp"
#include "train/participant.hpp"
#include "train/training.hpp"

namespace moshpit {

// What became of the averaging steps of all peers.
struct AveragingTally {
  std::uint64_t steps = 0;
  double seconds = 0;  // all of them together, with the delay before each
  std::uint64_t rounds = 0;
  std::uint64_t rounds_averaged = 0;  // with somebody
  std::uint64_t members = 0;          // of the groups of those, this peer included
  std::uint64_t rounds_failed = 0;
};

class MoshpitPeer {
 public:
  struct Options {
    Membership membership;
    RunPlan plan;
    std::vector<Address> entrance;  // empty: this peer founds the run
    std::uint64_t place = 0;
    std::size_t device = 0;
  };

  // References must outlive this.
  MoshpitPeer(sim::World& swarm, sim::Host& host, Options options, TrainingWorld& world,
              AveragingTally& tally);

  bool is_placed() const { return joined_ && participant_.averager().is_placed(); }
  void begin(Time now) { began_ = now, begin_.set(); }  // training; at this time of the world
  bool has_stopped() const { return stopped_; }

 private:
  Task<> live();
  Task<> join();
  Task<> train();
  void begin_step();
  Task<> average(StepRequest request, Duration delay);
  void work();
  Training::Run run() const;
  void settle();

  sim::World& swarm_;
  Loop& loop_;
  Options options_;
  TrainingWorld& world_;
  AveragingTally& tally_;
  Participant participant_;
  Event begin_;
  Event settled_;
  Time began_{};
  bool joined_ = false;
  bool stopped_ = false;
  std::vector<float> slope_;
  Training training_;
  std::optional<StepOutcome> outcome_;  // of the averaging step under way
  TaskGroup tasks_;
};

}  // namespace moshpit
