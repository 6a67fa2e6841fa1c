#include "experiment/albert/machine_run.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "train/weighted_mean.hpp"

namespace moshpit {
namespace {

// So many samples at a time: one process with all of the batch at once would need much memory, and
// would not be faster.
constexpr std::size_t samples_at_once = 64;

// AR-SGD does not get on while nobody is there, and not much while everybody is taken in turn: the
// reckoning ends here.
constexpr double longest_run = 1e7;  // seconds

void make_step(const Lesson& lesson, Learner& learner, TrainedModel& model, double rate) {
  WeightedMean mean(model.gradients.size());
  for (std::size_t left = lesson.batch; left > 0;) {
    const std::size_t samples = std::min(left, samples_at_once);
    learner.work(samples, rate);
    mean.add(model.gradients, static_cast<double>(samples));
    left -= samples;
  }
  mean.take(model.gradients);
  model.optimizer_step();
}

// Of n members with the slowest of their lines: every byte passes every line, twice.
double ring_seconds(double members, double bytes, double bytes_per_second, Duration latency) {
  return 2 * (members - 1) * (bytes / members / bytes_per_second + seconds(latency));
}

// The peers that are there, at one moment after the other.
class Presence {
 public:
  Presence(const Fleet& fleet, const std::vector<Absence>& absences)
      : fleet_(fleet), absences_(absences), back_(fleet.peers.size()) {}

  void advance(double now) {
    while (next_ < absences_.size() && seconds(absences_[next_].from) <= now) {
      back_[absences_[next_].peer] = seconds(absences_[next_].until);
      ++next_;
    }
    now_ = now;
  }

  double next_taken() const {
    return next_ < absences_.size() ? seconds(absences_[next_].from) : longest_run;
  }
  double next_back() const {
    double next = longest_run;
    for (const double back : back_) {
      if (back > now_) next = std::min(next, back);
    }
    return next;
  }

  bool nobody() const {
    return std::ranges::all_of(back_, [this](double back) { return back > now_; });
  }
  double step_seconds() const {
    double speed = 0, slowest = 1e300, members = 0;
    for (std::size_t i = 0; i < back_.size(); ++i) {
      if (back_[i] > now_) continue;
      speed += fleet_.peers[i].samples_per_second;
      slowest = std::min(slowest, fleet_.peers[i].bytes_per_second);
      ++members;
    }
    const Duration latency = (fleet_.latency_min + fleet_.latency_max) / 2;
    return fleet_.charged_batch / speed +
           ring_seconds(members, fleet_.gradient_bytes(), slowest, latency);
  }

 private:
  const Fleet& fleet_;
  const std::vector<Absence>& absences_;
  std::vector<double> back_;  // of each peer: when it is there again
  std::size_t next_ = 0;
  double now_ = 0;
};

}  // namespace

LossCurve learn_alone(const Lesson& lesson, const LearnerSource& source, const GoOn& go_on) {
  const auto learner = source(0, 1);
  learner->begin(lesson.seed);
  TrainedModel model = learner->trained(TrainingMode::collective);
  LossCurve curve{{0, 0, 0, 0, learner->evaluate().loss}};
  for (std::uint64_t step = 1; step <= lesson.steps; ++step) {
    const double share = static_cast<double>(step - 1) / static_cast<double>(lesson.steps);
    if (!go_on(share)) break;
    make_step(lesson, *learner, model, learning_rate(lesson.rate, static_cast<double>(step - 1)));
    if (step % lesson.evaluate_every != 0 && step != lesson.steps) continue;
    const auto samples = static_cast<double>(step * lesson.batch);
    curve.push_back({step, samples, 0, 0, learner->evaluate().loss});
  }
  return curve;
}

double machine_step_seconds(const Fleet& fleet) {
  const FleetMachine& machine = fleet.machine;
  const auto devices = static_cast<double>(machine.devices);
  return fleet.charged_batch / (devices * machine.samples_per_second) +
         ring_seconds(devices, fleet.gradient_bytes(), machine.bytes_per_second, machine.latency);
}

LossCurve on_machine(LossCurve learnt, const Fleet& fleet) {
  for (LossPoint& point : learnt) {
    point.seconds = static_cast<double>(point.steps) * machine_step_seconds(fleet);
    point.dollars = point.seconds / 3600 * fleet.machine.dollars_per_hour;
  }
  return learnt;
}

std::vector<double> all_reduce_step_ends(const Fleet& fleet, const std::vector<Absence>& absences,
                                         std::uint64_t steps) {
  std::vector<double> ends;
  Presence presence(fleet, absences);
  double now = 0;
  while (ends.size() < steps && now < longest_run) {
    if (presence.nobody()) {
      now = presence.next_back();
      presence.advance(now);
      continue;
    }
    const double end = now + presence.step_seconds();
    now = std::min(end, presence.next_taken());
    if (now == end) ends.push_back(end);
    presence.advance(now);
  }
  return ends;
}

LossCurve on_peers_all_reduced(LossCurve learnt, const Fleet& fleet,
                               const std::vector<Absence>& absences) {
  MOSHPIT_ASSERT(!learnt.empty());
  const auto ends = all_reduce_step_ends(fleet, absences, learnt.back().steps);
  std::erase_if(learnt, [&](const LossPoint& point) { return point.steps > ends.size(); });
  for (LossPoint& point : learnt) {
    point.seconds = point.steps == 0 ? 0 : ends[point.steps - 1];
    point.dollars = dollars_until(fleet, absences, point.seconds);
  }
  return learnt;
}

}  // namespace moshpit
