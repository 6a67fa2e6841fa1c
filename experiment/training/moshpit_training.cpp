#include "experiment/training/moshpit_training.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "base/hash.hpp"
#include "sim/swarm/trainee.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// Virtual time within which everybody has come and has a place, and longer than any run takes.
constexpr Duration coming_takes = 300s;
constexpr Duration training_takes = 10'000h;

sim::NetworkModel network_of(TrainingWorld& world) {
  const Cluster& cluster = world.cluster();
  sim::NetworkModel model;
  model.latency_min = cluster.latency_min;
  model.latency_max = cluster.latency_max;
  model.bytes_per_second = cluster.bytes_per_second;
  const std::size_t elements = world.parameters(0).size();
  model.bulk_weight = cluster.vector_bytes / static_cast<double>(elements * sizeof(float));
  return model;
}

RunPlan plan_of(TrainingWorld& world, bool overlapped) {
  RunPlan plan;
  plan.grid = square_for(world.size());
  plan.rounds = world.plan().rounds;
  plan.model = "experiment";
  plan.elements = world.parameters(0).size();
  plan.period = world.plan().period;
  plan.overlap = overlapped ? plan.period : 0;  // as much as SGP, whose push takes a period
  return plan;
}

// A device's part of the experiment. Training takes place from `began` on.
class DeviceStudy final : public sim::Study {
 public:
  DeviceStudy(const sim::World& swarm, TrainingWorld& world, std::size_t device,
              AveragingTally& tally)
      : swarm_(swarm),
        world_(world),
        device_(device),
        tally_(tally),
        slope_(world.parameters(device).size()) {}

  void begin() { began_ = swarm_.now(); }

  TrainedModel trained() override {
    TrainedModel model;
    model.parameters = world_.parameters(device_);
    model.gradients = slope_;
    model.optimizer_step = [this] { step(); };
    return model;
  }
  double work() override {
    const auto slope = world_.gradient(device_, world_.parameters(device_));
    std::ranges::copy(slope, slope_.begin());
    return static_cast<double>(world_.plan().batch);
  }
  Duration takes() override { return world_.step_time(device_); }
  bool is_over() override { return world_.over(); }
  Duration delay() override { return world_.wires().draw_round_delay(); }
  void settled(const StepReport& report, Duration took) override;

 private:
  void step() {
    world_.descend(device_, slope_);
    world_.count(1, Time{} + (swarm_.now() - began_));
  }

  const sim::World& swarm_;
  TrainingWorld& world_;
  std::size_t device_;
  AveragingTally& tally_;
  Time began_{};
  std::vector<float> slope_;
};

void DeviceStudy::settled(const StepReport& report, Duration took) {
  ++tally_.steps;
  tally_.seconds += seconds(took);
  for (const RoundReport& round : report.rounds) {
    ++tally_.rounds;
    if (round.outcome == RoundOutcome::failed) ++tally_.rounds_failed;
    if (round.outcome != RoundOutcome::averaged) continue;
    ++tally_.rounds_averaged;
    tally_.members += round.members.size();
  }
}

}  // namespace

Grid square_for(std::size_t devices) {
  std::size_t side = 2;
  while (side * side < devices) ++side;
  return Grid::parse(fmt::format("{0}x{0}", side)).value();
}

void MoshpitTraining::run() {
  std::vector<std::unique_ptr<DeviceStudy>> studies;  // they outlive the world of the trainees
  sim::World swarm(world_.plan().seed, network_of(world_));
  const RunId id{Hasher().add(as_bytes("experiment")).add(world_.plan().seed).digest()};
  std::vector<sim::Trainee*> trainees;
  for (std::size_t i = 0; i < world_.size(); ++i) {
    sim::Host& host = swarm.add_host();
    studies.push_back(std::make_unique<DeviceStudy>(swarm, world_, i, tally_));
    sim::TraineeOptions options;
    options.membership = {id, to_bytes("the secret of the run"), false};
    options.plan = plan_of(world_, overlapped_);
    if (i > 0) options.entrance = {swarm.host(0).address()};
    options.place = i;
    trainees.push_back(&host.start<sim::Trainee>(host, std::move(options), *studies[i]));
  }
  const auto all_placed = [&] { return std::ranges::all_of(trainees, &sim::Trainee::is_placed); };
  const bool came = swarm.run_until(all_placed, Time{} + coming_takes);
  MOSHPIT_ASSERT(came);
  for (const auto& study : studies) study->begin();
  for (sim::Trainee* trainee : trainees) trainee->begin();
  const auto all_finished = [&] {
    return std::ranges::all_of(trainees, &sim::Trainee::is_finished);
  };
  swarm.run_until(all_finished, swarm.now() + training_takes);
}

}  // namespace moshpit
