#include "experiment/training/survival.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/assert.hpp"
#include "base/hash.hpp"
#include "data/shard.hpp"
#include "model/mlp.hpp"
#include "model/sgd.hpp"
#include "sim/swarm/entrances.hpp"
#include "sim/swarm/trainee.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

constexpr Duration new_one_comes_after = 2s;
constexpr Duration coming_takes = 300s;
constexpr double last_share = 0.05;
constexpr float momentum = 0.9f;

// All batches of a run, in the order in which they were made.
struct Tally {
  std::vector<float> losses;
};

class ImageStudy final : public sim::Study {
 public:
  ImageStudy(const SurvivalPlan& plan, const Dataset& data, Mlp& mlp, std::size_t part,
             Tally& tally)
      : plan_(plan),
        data_(data),
        mlp_(mlp),
        shard_(data.train.size(), part, plan.peers, plan.seed),
        parameters_(mlp.initial(plan.seed)),
        gradients_(parameters_.size()),
        sgd_(parameters_.size(), {.momentum = momentum, .nesterov = true}),
        tally_(tally) {}

  TrainedModel trained() override {
    TrainedModel model;
    model.parameters = parameters_;
    model.gradients = gradients_;
    model.optimizer_state = sgd_.velocity();
    model.optimizer_step = [this] {
      sgd_.step(parameters_, gradients_, static_cast<float>(plan_.rate));
    };
    return model;
  }
  double work() override {
    shard_.next(data_.train, plan_.batch, batch_);
    const double loss = mlp_.loss_and_gradient(parameters_, batch_, gradients_);
    tally_.losses.push_back(static_cast<float>(loss));
    return static_cast<double>(plan_.batch);
  }
  Duration takes() override { return plan_.batch_takes; }

 private:
  const SurvivalPlan& plan_;
  const Dataset& data_;
  Mlp& mlp_;
  Shard shard_;
  std::vector<float> parameters_;
  std::vector<float> gradients_;
  Sgd sgd_;
  Batch batch_;
  Tally& tally_;
};

class Survival {
 public:
  Survival(const SurvivalPlan& plan, const Dataset& data)
      : plan_(plan),
        data_(data),
        mlp_(MlpShape{data.pixels(), plan.hidden, data.classes}),
        world_(plan.seed) {}

  SurvivalOutcome run(const std::function<bool(double)>& done);

 private:
  RunPlan run_plan();
  void gather_everybody();
  void start(std::size_t index, bool late);
  void kill_one();
  std::size_t batches_wanted() const { return plan_.peers * plan_.batches; }
  double share() const {
    return static_cast<double>(tally_.losses.size()) / static_cast<double>(batches_wanted());
  }

  const SurvivalPlan& plan_;
  const Dataset& data_;
  Mlp mlp_;
  Tally tally_;
  // They outlive the world, which owns the trainees.
  std::vector<std::unique_ptr<ImageStudy>> studies_;
  sim::World world_;
  std::vector<sim::Trainee*> trainees_;
  std::uint64_t kills_ = 0;
};

RunPlan Survival::run_plan() {
  RunPlan plan = plan_for(studies_.front()->trained(), plan_.mode);
  plan.grid = Grid::fitting(plan_.peers, 16);
  plan.model = "survival";
  plan.period = plan_.period;
  if (plan_.mode == TrainingMode::moshpit_sgd) plan.overlap = plan_.period;
  plan.target_batch = static_cast<double>(plan_.peers * plan_.batch * plan_.period);
  return plan;
}

void Survival::start(std::size_t index, bool late) {
  studies_.push_back(std::make_unique<ImageStudy>(plan_, data_, mlp_, index, tally_));
  sim::Host& host = world_.host(index);
  sim::TraineeOptions options;
  const RunId run{Hasher().add(as_bytes("survival")).add(plan_.seed).digest()};
  options.membership = {run, to_bytes("the secret of the run"), false};
  options.plan = run_plan();
  if (late) {
    options.entrance = sim::draw_entrances(world_, plan_.peers, [this, index](std::size_t other) {
      return other != index && trainees_[other] && world_.host(other).running();
    });
  }
  if (!late && index > 0) options.entrance = {world_.host(0).address()};
  if (!late) options.place = index;
  options.late = late;
  trainees_[index] = &host.start<sim::Trainee>(host, std::move(options), *studies_.back());
}

void Survival::gather_everybody() {
  for (std::size_t i = 0; i < plan_.peers; ++i) world_.add_host();
  trainees_.assign(plan_.peers, nullptr);
  for (std::size_t i = 0; i < plan_.peers; ++i) start(i, false);
  const auto placed = [&] { return std::ranges::all_of(trainees_, &sim::Trainee::is_placed); };
  const bool came = world_.run_until(placed, world_.now() + coming_takes);
  MOSHPIT_ASSERT(came);
  for (sim::Trainee* trainee : trainees_) trainee->begin();
}

void Survival::kill_one() {
  const std::size_t victim = world_.random().below(plan_.peers);
  if (!world_.host(victim).running()) return;  // its successor is on its way
  world_.host(victim).crash();
  trainees_[victim] = nullptr;
  ++kills_;
  world_.at(world_.now() + new_one_comes_after, [this, victim] {
    world_.host(victim).restart_anew();
    start(victim, true);
  });
}

SurvivalOutcome Survival::run(const std::function<bool(double)>& done) {
  gather_everybody();
  const Time began = world_.now();
  const Duration pause = plan_.kills == 0 ? Duration::max() / 4
                                          : plan_.batch_takes * static_cast<int>(plan_.batches) /
                                                static_cast<int>(plan_.kills);
  Time next_kill = began + pause;
  while (share() < 1 && done(share())) {
    const Time until = std::min(next_kill, world_.now() + plan_.batch_takes);
    world_.run_until(until);
    if (world_.now() < next_kill) continue;
    if (kills_ < plan_.kills) kill_one();
    next_kill += pause;
  }
  SurvivalOutcome outcome;
  const std::size_t made = std::min(tally_.losses.size(), batches_wanted());
  const auto last = static_cast<std::size_t>(last_share * static_cast<double>(made));
  double sum = 0;
  for (std::size_t i = made - last; i < made; ++i) sum += tally_.losses[i];
  outcome.last_loss = last > 0 ? sum / static_cast<double>(last) : 0;
  outcome.samples = made * plan_.batch;
  outcome.kills = kills_;
  for (sim::Trainee* trainee : trainees_) {
    if (!trainee || !trainee->participant().is_member()) continue;
    const std::uint64_t steps = trainee->participant().averager().steps_begun();
    outcome.averaging_steps = std::max(outcome.averaging_steps, steps);
  }
  outcome.virtual_seconds = seconds(world_.now() - began);
  return outcome;
}

}  // namespace

SurvivalOutcome run_survival(const SurvivalPlan& plan, const Dataset& data,
                             const std::function<bool(double)>& done) {
  return Survival(plan, data).run(done);
}

}  // namespace moshpit
