#include "experiment/training/moshpit_peer.hpp"

#include <utility>

namespace moshpit {
namespace {

constexpr Duration joining_takes = std::chrono::seconds(60);

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
      carried_(world.parameters(options_.device)),
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
    if (must_wait()) co_await settled_.wait();  // ends with its rounds, which have deadlines
    if (outcome_) settle();
    if (is_due()) tasks_.spawn(average(world_.wires().draw_round_delay()));
  }
}

void MoshpitPeer::work() {
  world_.step(options_.device);
  ++steps_since_;
  samples_since_ += static_cast<double>(world_.plan().batch);
  world_.count(1, Time{} + (swarm_.now() - began_));
}

bool MoshpitPeer::is_due() const {
  if (under_way_) return false;
  const Averager& averager = participant_.averager();
  return steps_since_ >= options_.plan.period || averager.newest_step() > averager.steps_begun();
}

StepRequest MoshpitPeer::request() {
  snapshot_ = world_.parameters(options_.device);
  StepRequest request;
  request.values = snapshot_;
  request.weight = samples_since_ + 1;
  steps_since_ = 0;
  samples_since_ = 0;
  return request;
}

Task<> MoshpitPeer::average(Duration delay) {
  under_way_ = true;
  settled_.reset();
  StepRequest wanted = request();
  const Time began = loop_.now();
  co_await loop_.sleep_for(delay);
  auto outcome = co_await participant_.averager().step(std::move(wanted));
  outcome_ = std::move(outcome);
  ++tally_.steps;
  tally_.seconds += seconds(loop_.now() - began);
  settled_.set();
}

void MoshpitPeer::settle() {
  apply_outcome(*outcome_, snapshot_, carried_, world_.parameters(options_.device));
  for (const RoundReport& round : outcome_->report.rounds) {
    ++tally_.rounds;
    if (round.outcome == RoundOutcome::failed) ++tally_.rounds_failed;
    if (round.outcome != RoundOutcome::averaged) continue;
    ++tally_.rounds_averaged;
    tally_.members += round.members.size();
  }
  outcome_.reset();
  under_way_ = false;
}

}  // namespace moshpit
