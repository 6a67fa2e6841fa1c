#include "experiment/training/moshpit_peer.hpp"

#include <utility>

namespace moshpit {
namespace {

constexpr Duration joining_takes = std::chrono::seconds(60);

// The momentum stays with the device, as with the methods that this is compared with.
TrainedModel model_of(TrainingWorld& world, std::size_t device, std::vector<float>& slope) {
  TrainedModel model;
  model.parameters = world.parameters(device);
  model.gradients = slope;
  model.optimizer_step = [&world, device, &slope] { world.descend(device, slope); };
  return model;
}

}  // namespace

MoshpitPeer::MoshpitPeer(sim::World& swarm, sim::Host& host, Options options, TrainingWorld& world,
                         AveragingTally& tally)
    : swarm_(swarm),
      loop_(host.loop()),
      options_(std::move(options)),
      world_(world),
      tally_(tally),
      participant_(host.loop(), host.transport(), host.credentials(), options_.membership),
      begin_(host.loop()),
      settled_(host.loop()),
      slope_(world.parameters(options_.device).size()),
      training_(options_.plan, model_of(world, options_.device, slope_), 0,
                Training::Standing::level, loop_.now()),
      tasks_(host.loop()) {
  tasks_.spawn(live());
}

Task<> MoshpitPeer::live() {
  co_await join();
  if (!joined_) co_return;
  co_await begin_.wait();  // no deadline: training begins when all have come
  co_await train();
  stopped_ = true;
}

Task<> MoshpitPeer::join() {
  if (options_.entrance.empty()) {
    participant_.found(options_.plan, options_.place);
    joined_ = true;
    co_return;
  }
  Participant::Application application;
  application.addresses = options_.entrance;
  application.place = options_.place;
  const Time deadline = loop_.now() + joining_takes;
  const auto joined = co_await participant_.join(std::move(application), deadline);
  joined_ = joined.ok();
}

Task<> MoshpitPeer::train() {
  while (!world_.over()) {
    co_await loop_.sleep_for(world_.step_time(options_.device));
    work();
    if (outcome_) settle();
    if (training_.is_due(run())) begin_step();
    if (!training_.must_wait()) continue;
    co_await settled_.wait();  // ends with the step's rounds, which have deadlines
    settle();
  }
}

void MoshpitPeer::work() {
  const auto slope = world_.gradient(options_.device, world_.parameters(options_.device));
  slope_.assign(slope.begin(), slope.end());
  training_.add_batch(static_cast<double>(world_.plan().batch));
  world_.count(1, Time{} + (swarm_.now() - began_));
}

Training::Run MoshpitPeer::run() const {
  return {participant_.averager().newest_step(), false, loop_.now()};
}

void MoshpitPeer::begin_step() {
  settled_.reset();
  StepRequest request = training_.begin(run());
  request.rounds = world_.plan().rounds;
  tasks_.spawn(average(std::move(request), world_.wires().draw_round_delay()));
}

Task<> MoshpitPeer::average(StepRequest request, Duration delay) {
  const Time began = loop_.now();
  co_await loop_.sleep_for(delay);
  auto outcome = co_await participant_.averager().step(std::move(request));
  outcome_ = std::move(outcome);
  ++tally_.steps;
  tally_.seconds += seconds(loop_.now() - began);
  settled_.set();
}

void MoshpitPeer::settle() {
  for (const RoundReport& round : outcome_->report.rounds) {
    ++tally_.rounds;
    if (round.outcome == RoundOutcome::failed) ++tally_.rounds_failed;
    if (round.outcome != RoundOutcome::averaged) continue;
    ++tally_.rounds_averaged;
    tally_.members += round.members.size();
  }
  training_.settle(*std::exchange(outcome_, std::nullopt));
}

}  // namespace moshpit
