#include "app/experiment/training_tally.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace moshpit {

void TrainingTally::hear(std::size_t member, const nlohmann::json& event, double seconds) {
  const std::string kind = event.value("event", "");
  if (kind == "round") hear_round(member, event);
  if (kind == "step") hear_step(member, event, seconds);
}

void TrainingTally::hear_round(std::size_t member, const nlohmann::json& event) {
  const std::string outcome = event.at("outcome");
  if (outcome == "alone") {
    ++alone_;
    lone_at_[member] = event.at("step");
    return;
  }
  if (outcome == "failed") {
    ++failed_;
    return;
  }
  const std::string id = event.at("id");
  steps_[event.at("step")].groups[id] = event.at("weight");
  const bool taken_over = event.at("take_overs") > 0;
  rounds_[id] = rounds_[id] || taken_over;
}

void TrainingTally::hear_step(std::size_t member, const nlohmann::json& event, double seconds) {
  const std::uint64_t number = event.at("step");
  const double samples = event.at("samples");
  Step& step = steps_[number];
  step.of_gradients = event.at("averaged") == "change";
  if (step.seconds == 0) step.seconds = seconds;
  step.computed += samples;
  step.loss += samples * event.at("loss").get<double>();
  if (lone_at_.contains(member) && lone_at_[member] == number) step.lone += samples;
}

double TrainingTally::Step::samples() const {
  if (!of_gradients) return 0;
  double sum = lone;
  for (const auto& [id, samples] : groups) sum += samples;
  return sum;
}

std::vector<TrainingTally::Point> TrainingTally::curve() const {
  std::vector<Point> points;
  double samples = 0;
  for (const auto& [number, step] : steps_) {
    samples += step.samples();
    if (step.samples() <= 0 || step.computed <= 0) continue;
    points.push_back({samples, step.seconds, step.loss / step.computed});
  }
  return points;
}

TrainingTally::Counts TrainingTally::counts() const {
  Counts counts;
  for (const auto& [number, step] : steps_) {
    counts.steps += step.samples() > 0 ? 1 : 0;
    counts.samples += step.samples();
    counts.computed += step.computed;
  }
  counts.averaged = rounds_.size();
  const auto was_taken_over = [](const auto& round) { return round.second; };
  counts.taken_over = static_cast<std::uint64_t>(std::ranges::count_if(rounds_, was_taken_over));
  counts.alone = alone_;
  counts.failed = failed_;
  return counts;
}

}  // namespace moshpit
