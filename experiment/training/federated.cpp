#include "experiment/training/federated.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "base/assert.hpp"
#include "base/hash.hpp"
#include "data/shard.hpp"
#include "model/mlp.hpp"
#include "model/sgd.hpp"
#include "sim/exponential.hpp"
#include "sim/swarm/entrances.hpp"
#include "sim/swarm/trainee.hpp"
#include "train/weighted_mean.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

constexpr Duration batch_takes = 1s;
constexpr Duration coming_takes = 300s;
constexpr Duration farewell_takes = 1s;  // as Peer's destructor grants it
constexpr Duration joining_takes = 61s;  // a trainee that is no member by then has given up
constexpr Duration asking_again = 5s;    // whoever finds nobody that gives it an invite
constexpr std::size_t side = 6;          // largest group, where fewer peers do not ask for less

// A peer's data and what it made of the model.
class OwnData final : public sim::Study {
 public:
  OwnData(const FederatedPlan& plan, const Dataset& data, Mlp& mlp, Shard& shard,
          std::uint64_t& samples)
      : plan_(plan),
        data_(data),
        mlp_(mlp),
        shard_(shard),
        parameters_(mlp.initial(plan.seed)),
        gradients_(parameters_.size()),
        sgd_(parameters_.size(), federated_optimizer),
        samples_(samples) {}

  TrainedModel trained() override {
    TrainedModel model;
    model.parameters = parameters_;
    model.gradients = gradients_;
    model.optimizer_step = [this] {
      sgd_.step(parameters_, gradients_, static_cast<float>(plan_.rate));
    };
    return model;
  }
  double work() override {
    shard_.next(data_.train, plan_.batch, batch_);
    mlp_.loss_and_gradient(parameters_, batch_, gradients_);
    samples_ += plan_.batch;
    has_worked_ = true;
    return static_cast<double>(plan_.batch);
  }
  Duration takes() override { return batch_takes; }

  bool has_worked() const { return has_worked_; }
  std::span<const float> parameters() const { return parameters_; }

 private:
  const FederatedPlan& plan_;
  const Dataset& data_;
  Mlp& mlp_;
  Shard& shard_;
  std::vector<float> parameters_;
  std::vector<float> gradients_;
  Sgd sgd_;
  Batch batch_;
  std::uint64_t& samples_;
  bool has_worked_ = false;
};

// Says farewell on every link, as a program that is asked to end.
class Farewell {
 public:
  Farewell(sim::Host& host, sim::Trainee& trainee) : loop_(host.loop()), tasks_(host.loop()) {
    tasks_.spawn(leave(trainee));
  }

 private:
  Task<> leave(sim::Trainee& trainee) {
    const Time deadline = loop_.now() + farewell_takes;
    co_await trainee.participant().leave(deadline);
  }

  Loop& loop_;
  TaskGroup tasks_;
};

class Federation {
 public:
  Federation(const FederatedPlan& plan, const Dataset& data)
      : plan_(plan),
        data_(data),
        mlp_(MlpShape{data.pixels(), plan.hidden, data.classes}),
        world_(plan.seed) {}

  FederatedOutcome run(const std::function<bool()>& go_on);

 private:
  struct Seat {
    std::unique_ptr<OwnData> work;
    sim::Trainee* trainee = nullptr;  // null: it is away
    std::uint64_t life = 0;           // of its device
    bool late = false;
    bool counted = false;  // as having come back

    bool member() const { return trainee && trainee->participant().is_member(); }
  };

  RunPlan run_plan(const TrainedModel& model) const;
  bool accepts(std::size_t peer) const;
  void gather_everybody();
  void start(std::size_t peer, std::vector<Address> entrance);
  void depart(std::size_t peer, std::uint64_t life);
  void come_back(std::size_t peer);
  void try_again_unless_member(std::size_t peer, std::uint64_t life);
  void plan_departure(std::size_t peer);
  void look();
  double own_accuracy();

  const FederatedPlan& plan_;
  const Dataset& data_;
  Mlp mlp_;
  std::vector<Shard> shards_;
  FederatedOutcome outcome_;
  std::vector<std::unique_ptr<OwnData>> past_;  // of earlier lives; the world may still hold them
  // They outlive the world, which owns the trainees.
  std::vector<Seat> seats_;
  sim::World world_;
  double present_ = 0;
  std::uint64_t presences_ = 0;
};

RunPlan Federation::run_plan(const TrainedModel& model) const {
  RunPlan plan = plan_for(model, plan_.mode);
  plan.grid = Grid::fitting(plan_.peers, side);
  plan.model = "federated";
  plan.period = plan_.period;
  if (plan_.mode == TrainingMode::moshpit_sgd) plan.overlap = plan_.period;
  return plan;
}

// Those who accept connections are spread evenly, the first peer among them.
bool Federation::accepts(std::size_t peer) const {
  const double share = 1 - plan_.outbound_only;
  const auto reached = [share](std::size_t count) {
    return std::ceil(static_cast<double>(count) * share - 1e-9);
  };
  return reached(peer + 1) > reached(peer);
}

void Federation::start(std::size_t peer, std::vector<Address> entrance) {
  Seat& seat = seats_[peer];
  if (seat.work) past_.push_back(std::move(seat.work));
  seat.work = std::make_unique<OwnData>(plan_, data_, mlp_, shards_[peer], outcome_.samples);
  sim::Host& host = world_.host(peer);
  sim::TraineeOptions options;
  const RunId run{Hasher().add(as_bytes("federated")).add(plan_.seed).digest()};
  options.membership = {run, to_bytes("the secret of the run"), !accepts(peer)};
  options.plan = run_plan(seat.work->trained());
  options.late = !entrance.empty();
  if (!options.late && peer > 0) entrance = {world_.host(0).address()};
  if (!options.late) options.place = peer;
  options.entrance = std::move(entrance);
  seat.late = options.late;
  seat.counted = false;
  ++seat.life;
  seat.trainee = &host.start<sim::Trainee>(host, std::move(options), *seat.work);
}

void Federation::gather_everybody() {
  shards_ = federated_shards(plan_, data_);
  for (std::size_t i = 0; i < plan_.peers; ++i) {
    world_.add_host({.outbound_only = !accepts(i)});
  }
  seats_.resize(plan_.peers);
  for (std::size_t i = 0; i < plan_.peers; ++i) start(i, {});
  const auto placed = [&] {
    return std::ranges::all_of(seats_, [](const Seat& one) { return one.trainee->is_placed(); });
  };
  const bool came = world_.run_until(placed, world_.now() + coming_takes);
  MOSHPIT_ASSERT(came);
  for (Seat& seat : seats_) seat.trainee->begin();
}

void Federation::plan_departure(std::size_t peer) {
  if (plan_.departures <= 0) return;
  const Duration whole = batch_takes * static_cast<std::int64_t>(plan_.batches);
  const std::chrono::duration<double> mean(seconds(whole) / plan_.departures);
  const Duration until =
      sim::exponential(world_.random(), std::chrono::duration_cast<Duration>(mean));
  const std::uint64_t life = seats_[peer].life;
  world_.at(world_.now() + until, [this, peer, life] { depart(peer, life); });
}

void Federation::depart(std::size_t peer, std::uint64_t life) {
  Seat& seat = seats_[peer];
  if (!seat.trainee || seat.life != life) return;
  const bool says_farewell = world_.random().chance(0.5);
  const Duration away = sim::exponential(world_.random(), plan_.away);
  Duration gone = 0s;
  if (says_farewell && seat.member()) {
    world_.host(peer).start<Farewell>(world_.host(peer), *seat.trainee);
    gone = farewell_takes;
    ++outcome_.left;
  } else {
    ++outcome_.died;
  }
  seat.trainee = nullptr;
  world_.at(world_.now() + gone, [this, peer] { world_.host(peer).crash(); });
  world_.at(world_.now() + gone + away, [this, peer] { come_back(peer); });
}

void Federation::come_back(std::size_t peer) {
  auto entrance = sim::draw_entrances(world_, plan_.peers, [this](std::size_t other) {
    return accepts(other) && seats_[other].member();
  });
  if (entrance.empty()) {
    return world_.at(world_.now() + asking_again, [this, peer] { come_back(peer); });
  }
  world_.host(peer).restart_anew();
  start(peer, std::move(entrance));
  const std::uint64_t life = seats_[peer].life;
  world_.at(world_.now() + joining_takes,
            [this, peer, life] { try_again_unless_member(peer, life); });
  plan_departure(peer);
}

// Its life of then, which may have ended since.
void Federation::try_again_unless_member(std::size_t peer, std::uint64_t life) {
  Seat& seat = seats_[peer];
  if (!seat.trainee || seat.life != life || seat.member()) return;
  seat.trainee = nullptr;
  world_.host(peer).crash();
  come_back(peer);
}

// The mean of all who are there is what one exact averaging step would give them.
void Federation::look() {
  WeightedMean sum(mlp_.size());
  for (Seat& seat : seats_) {
    if (seat.trainee && seat.work->has_worked()) sum.add(seat.work->parameters(), 1);
  }
  if (sum.samples() == 0) return;
  std::vector<float> mean(mlp_.size());
  sum.take(mean);
  outcome_.accuracy = mlp_.accuracy(mean, data_.test);
  outcome_.curve.push_back({static_cast<double>(outcome_.samples), outcome_.accuracy});
}

double Federation::own_accuracy() {
  double sum = 0;
  std::size_t there = 0;
  for (const Seat& seat : seats_) {
    if (!seat.trainee || !seat.work->has_worked()) continue;
    sum += mlp_.accuracy(seat.work->parameters(), data_.test);
    ++there;
  }
  return there > 0 ? sum / static_cast<double>(there) : 0;
}

FederatedOutcome Federation::run(const std::function<bool()>& go_on) {
  gather_everybody();
  for (std::size_t i = 0; i < plan_.peers; ++i) plan_departure(i);
  while (outcome_.samples < plan_.samples() && go_on()) {
    world_.run_until(world_.now() + batch_takes);
    for (Seat& seat : seats_) {
      const bool there = seat.trainee && seat.work->has_worked();
      present_ += there ? 1 : 0;
      ++presences_;
      if (!there || !seat.late || seat.counted) continue;
      seat.counted = true;
      ++outcome_.came_back;
    }
    if (look_is_due(plan_, outcome_)) look();
  }
  look();
  outcome_.own = own_accuracy();
  outcome_.present = present_ / static_cast<double>(presences_);
  for (const Seat& seat : seats_) {
    if (!seat.member()) continue;
    const std::uint64_t steps = seat.trainee->participant().averager().steps_begun();
    outcome_.averaging_steps = std::max(outcome_.averaging_steps, steps);
  }
  return std::move(outcome_);
}

}  // namespace

FederatedOutcome run_federated(const FederatedPlan& plan, const Dataset& data,
                               const std::function<bool()>& go_on) {
  return Federation(plan, data).run(go_on);
}

}  // namespace moshpit
