#include "experiment/albert/swarm_study.hpp"

#include <algorithm>

namespace moshpit {
namespace {

// Batches are to be short beside a step, and one of a sample takes longer than that on the slower
// devices.
constexpr double batch_seconds = 1;

double samples_per_second(const FleetPeer& peer, const Fleet& fleet, const Lesson& lesson) {
  return peer.samples_per_second * static_cast<double>(lesson.batch) / fleet.charged_batch;
}

}  // namespace

std::size_t batch_of(const FleetPeer& peer, const Fleet& fleet, const Lesson& lesson) {
  const double samples = batch_seconds * samples_per_second(peer, fleet, lesson);
  return std::max<std::size_t>(1, static_cast<std::size_t>(samples));
}

std::uint64_t optimizer_steps(std::uint64_t averaging_steps) {
  return averaging_steps - averaging_steps / state_every;
}

SwarmStudy::SwarmStudy(const Fleet& fleet, std::size_t peer, const Lesson& lesson,
                       const LearnerSource& source, SampleTally& tally)
    : lesson_(lesson),
      learner_(source(peer, fleet.peers.size())),
      batch_(batch_of(fleet.peers[peer], fleet, lesson)),
      batch_takes_(from_seconds(static_cast<double>(batch_) /
                                samples_per_second(fleet.peers[peer], fleet, lesson))),
      tally_(tally) {
  learner_->begin(lesson.seed);
}

double SwarmStudy::work() {
  const std::uint64_t made = optimizer_steps(trainee_->training().steps_begun());
  learner_->work(batch_, learning_rate(lesson_.rate, static_cast<double>(made)));
  const auto samples = static_cast<double>(batch_);
  in_hand_ += samples;
  tally_.worked += samples;
  return samples;
}

void SwarmStudy::handed_over(const StepRequest& request) {
  if (request.what != Averaged::change) return;
  on_its_way_ = std::exchange(in_hand_, 0);
  counts_ = request.weight > 0;
}

// More samples wait for the next step than were worked on meanwhile if some were given back.
void SwarmStudy::settled(const StepReport& report, Duration) {
  const double waiting = trainee_->training().samples_since_step();
  const double given_back = std::clamp(waiting - in_hand_, 0.0, on_its_way_);
  const double gone = std::exchange(on_its_way_, 0) - given_back;
  in_hand_ += given_back;
  (counts_ ? tally_.trained : tally_.lost) += gone;
  on_settled_(report);
}

void SwarmStudy::taken() {
  tally_.lost += unsettled();
  in_hand_ = 0;
  on_its_way_ = 0;
}

}  // namespace moshpit
