#include "app/experiment/albert_runs.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <fmt/format.h>
#include <thread>

#include "app/simulate/progress_bar.hpp"
#include "experiment/albert/machine_run.hpp"

namespace moshpit {
namespace {

using nlohmann::json;

struct Run {
  const char* name;
  bool is_swarm;
  std::uint32_t overlap;
  double speed;
};

// The longest first.
constexpr std::array runs{Run{"moshpit", true, whole_overlap, 1},
                          Run{"moshpit at 75 %", true, whole_overlap, slower_speed},
                          Run{"moshpit at 125 %", true, whole_overlap, faster_speed},
                          Run{"moshpit, waiting", true, 0, 1}, Run{"one machine", false, 0, 1}};
constexpr std::uint64_t percents = 100;
// Where there is no terminal to draw a bar on, a sentence tells how far a run is.
constexpr std::uint64_t said_every = 20;

json to_json(const SwarmOutcome& outcome) {
  json points = json::array();
  for (const LossPoint& point : outcome.curve) {
    points.push_back({point.steps, point.samples, point.seconds, point.dollars, point.loss});
  }
  const SampleTally& samples = outcome.samples;
  return {{"points", points},
          {"samples", {samples.worked, samples.trained, samples.lost, samples.in_hand}},
          {"steps", outcome.steps},
          {"preemptions", outcome.preemptions},
          {"returns_with_state", outcome.returns_with_state},
          {"rounds", outcome.rounds},
          {"rounds_failed", outcome.rounds_failed},
          {"members", outcome.members},
          {"averaging_seconds", outcome.averaging_seconds}};
}

SwarmOutcome outcome_from(const json& value) {
  SwarmOutcome outcome;
  for (const json& point : value.at("points")) {
    outcome.curve.push_back({point.at(0), point.at(1), point.at(2), point.at(3), point.at(4)});
  }
  const json& samples = value.at("samples");
  outcome.samples = {samples.at(0), samples.at(1), samples.at(2), samples.at(3)};
  outcome.steps = value.at("steps");
  outcome.preemptions = value.at("preemptions");
  outcome.returns_with_state = value.at("returns_with_state");
  outcome.rounds = value.at("rounds");
  outcome.rounds_failed = value.at("rounds_failed");
  outcome.members = value.at("members");
  outcome.averaging_seconds = value.at("averaging_seconds");
  return outcome;
}

class AlbertRunner {
 public:
  AlbertRunner(const AlbertSetting& setting, KeyedLines& kept, const Output& output,
               const Interrupt& interrupt)
      : setting_(setting), kept_(kept), output_(output), interrupt_(interrupt) {
    for (std::size_t i = 0; i < runs.size(); ++i) {
      if (const auto found = kept.find(key(i))) outcomes_[i] = outcome_from(*found);
    }
  }

  bool complete() const {
    return std::ranges::none_of(outcomes_, [](const auto& o) { return o.curve.empty(); });
  }

  // Two at a time: each is one thread's work and independent of the others.
  void run(const LearnerSource& source) {
    ProgressBar bar("percents of all runs", percents * runs.size());
    bar_ = &bar;
    std::atomic<std::size_t> next{0};
    const auto run_some = [&] {
      for (std::size_t i = next++; i < runs.size() && !interrupt_.requested(); i = next++) {
        if (outcomes_[i].curve.empty()) one(i, source);
      }
    };
    std::thread second(run_some);
    run_some();
    second.join();
  }

  AlbertOutcomes outcomes() const {
    return {outcomes_[4].curve, outcomes_[0], outcomes_[3], outcomes_[1], outcomes_[2]};
  }

 private:
  std::string key(std::size_t index) const {
    return fmt::format("{} | {}", setting_.name, runs.at(index).name);
  }

  void one(std::size_t index, const LearnerSource& source) {
    std::uint64_t shown = 0;
    const auto go_on = [&](double share) {
      while (shown < static_cast<std::uint64_t>(share * percents)) {
        bar_->advance();
        if (++shown % said_every == 0) say(fmt::format("{}: {} %", runs.at(index).name, shown));
      }
      return !interrupt_.requested();
    };
    SwarmOutcome outcome = make(runs.at(index), source, go_on);
    if (interrupt_.requested()) return;
    kept_.add(key(index), to_json(outcome));
    say(fmt::format("{}: loss {:.3f} after {} steps", runs.at(index).name,
                    outcome.curve.back().loss, outcome.curve.back().steps));
    outcomes_.at(index) = std::move(outcome);
  }

  void say(const std::string& sentence) {
    bar_->erase();
    output_.say(sentence);
  }

  SwarmOutcome make(const Run& run, const LearnerSource& source, const GoOn& go_on) const {
    if (!run.is_swarm) {
      SwarmOutcome outcome;
      outcome.curve = learn_alone(setting_.lesson, source, go_on);
      return outcome;
    }
    return run_swarm(with_peer_speed(setting_.fleet, run.speed), setting_.absences, setting_.lesson,
                     {run.overlap, setting_.lesson.seed}, source, go_on);
  }

  const AlbertSetting& setting_;
  KeyedLines& kept_;
  const Output& output_;
  const Interrupt& interrupt_;
  ProgressBar* bar_ = nullptr;
  std::array<SwarmOutcome, runs.size()> outcomes_;
};

}  // namespace

Result<std::optional<AlbertOutcomes>> make_albert_runs(
    const AlbertSetting& setting, const std::function<Result<LearnerSource>()>& source,
    KeyedLines& kept, const Output& output, const Interrupt& interrupt) {
  AlbertRunner runner(setting, kept, output, interrupt);
  if (!runner.complete()) {
    const auto learners = source();
    if (!learners) return learners.error();
    runner.run(*learners);
  }
  if (!runner.complete()) return std::optional<AlbertOutcomes>();
  return std::optional(runner.outcomes());
}

}  // namespace moshpit
