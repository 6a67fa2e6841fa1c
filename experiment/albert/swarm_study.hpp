// SwarmStudy: what one peer of the swarm works on, and what becomes of its samples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "experiment/albert/fleet.hpp"
#include "experiment/albert/lesson.hpp"
#include "experiment/albert/swarm_run.hpp"
#include "sim/swarm/trainee.hpp"

namespace moshpit {

// The steps of the optimizer among so many averaging steps: the others average the state.
std::uint64_t optimizer_steps(std::uint64_t averaging_steps);

class SwarmStudy final : public sim::Study {
 public:
  // References must outlive this.
  SwarmStudy(const Fleet& fleet, std::size_t peer, const Lesson& lesson,
             const LearnerSource& source, SampleTally& tally);

  // By whose clock the rate goes. It is there whenever this one works. `on_settled`: its step was
  // settled, and what became of the samples is tallied.
  void follow(const sim::Trainee& trainee, std::function<void(const StepReport&)> on_settled) {
    trainee_ = &trainee;
    on_settled_ = std::move(on_settled);
  }

  TrainedModel trained() override { return learner_->trained(TrainingMode::collective); }
  double work() override;
  Duration takes() override { return batch_takes_; }
  void handed_over(const StepRequest& request) override;
  void settled(const StepReport& report, Duration took) override;

  // The peer is taken: what it has not averaged is lost.
  void taken();

  double unsettled() const { return in_hand_ + on_its_way_; }
  Learner& learner() { return *learner_; }

 private:
  const Lesson& lesson_;
  std::unique_ptr<Learner> learner_;
  std::size_t batch_;
  Duration batch_takes_;
  SampleTally& tally_;
  const sim::Trainee* trainee_ = nullptr;
  std::function<void(const StepReport&)> on_settled_;
  double in_hand_ = 0;
  double on_its_way_ = 0;
  bool counts_ = true;  // what is on its way has a weight
};

}  // namespace moshpit
