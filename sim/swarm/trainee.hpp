// Trainee: a peer that trains in the simulated world: the product's Participant and Training, real
// gradients of a real model, and virtual time for the work. What Trainer is for a thread, this is
// for a coroutine.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "loop/event.hpp"
#include "loop/task_group.hpp"
#include "sim/world.hpp"
#include "train/participant.hpp"
#include "train/progress_board.hpp"
#include "train/training.hpp"

namespace moshpit::sim {

// What a device works on. It outlives the trainee.
class Study {
 public:
  virtual ~Study() = default;
  virtual TrainedModel trained() = 0;
  // Computes the gradients of a batch; answers with its samples.
  virtual double work() = 0;
  // That a batch takes on this device.
  virtual Duration takes() = 0;
  // It has been trained enough: the peer stops between two batches, whatever the run's plan says.
  virtual bool is_over() { return false; }
  // A step of the run is given all work done so far.
  virtual void handed_over(const StepRequest&) {}
  // How late this device is for the step that is about to begin.
  virtual Duration delay() { return Duration{0}; }
  // A step was settled; its outcome was there so long after it was to begin.
  virtual void settled(const StepReport&, Duration) {}
};

struct TraineeOptions {
  Membership membership;
  RunPlan plan;
  std::vector<Address> entrance;  // empty: this peer founds the run
  std::optional<std::uint64_t> place;
  bool late = false;  // the others are under way: it downloads their state
};

class Trainee {
 public:
  Trainee(Host& host, TraineeOptions options, Study& study);

  bool is_placed() const { return joined_ && participant_.averager().is_placed(); }
  void begin() { begin_.set(); }  // all are there: training may start
  bool is_finished() const { return finished_; }
  // Requires: it trains.
  const Training& training() const { return *training_; }
  Participant& participant() { return participant_; }

 private:
  Task<> live();
  Task<> join();
  Task<> take_up();
  void take_up_from(const Result<RunState>& state);
  Task<> train();
  Task<> finish();
  Task<> settle_one();
  void work();
  Training::Run run();
  void begin_step(std::uint64_t at_least, bool unhurried);
  Task<> average(StepRequest request, Duration delay);
  void settle();
  Task<> settle_where_it_must();

  Loop& loop_;
  TraineeOptions options_;
  Study& study_;
  Participant participant_;
  Event begin_;
  Event averaged_;
  std::optional<Training> training_;
  std::optional<StepOutcome> outcome_;  // of the step under way
  Duration took_{0};                    // with the delay before it
  WorkSpeed speed_;
  bool joined_ = false;
  bool finished_ = false;
  TaskGroup tasks_;
};

}  // namespace moshpit::sim
