#include "sim/swarm/trainee.hpp"

#include <algorithm>
#include <utility>

namespace moshpit::sim {
namespace {

using namespace std::chrono_literals;

constexpr Duration joining_takes = 60s;
// As many as Trainer makes.
constexpr std::uint64_t closing_steps = 8;

}  // namespace

Trainee::Trainee(Host& host, TraineeOptions options, Study& study)
    : loop_(host.loop()),
      options_(std::move(options)),
      study_(study),
      participant_(host.loop(), host.transport(), host.credentials(), options_.membership),
      begin_(host.loop()),
      averaged_(host.loop()),
      tasks_(host.loop()) {
  tasks_.spawn(live());
}

Task<> Trainee::live() {
  co_await join();
  if (!joined_) co_return;
  if (!options_.late) co_await begin_.wait();  // no deadline: training begins when all have come
  tasks_.spawn(participant_.follow_progress());
  training_.emplace(options_.plan, study_.trained(), participant_.averager().steps_begun(),
                    Training::Standing::level, loop_.now());
  co_await take_up();
  co_await train();
  if (!study_.is_over()) co_await finish();
  finished_ = true;
}

Task<> Trainee::join() {
  if (options_.entrance.empty()) {
    participant_.found(options_.plan, options_.place);
    joined_ = true;
    co_return;
  }
  Participant::Application application;
  application.addresses = options_.entrance;
  application.place = options_.place;
  const Time deadline = loop_.now() + joining_takes;
  const auto entered = co_await participant_.join(std::move(application), deadline);
  joined_ = entered.ok();
}

Task<> Trainee::take_up() {
  if (!options_.late) {
    participant_.offer_state(0, HashedState(training_->state()));
    co_return;
  }
  const Time deadline = loop_.now() + joining_takes;
  const auto state = co_await participant_.download_state(deadline);
  take_up_from(state);
}

void Trainee::take_up_from(const Result<RunState>& state) {
  const std::uint64_t steps = participant_.averager().steps_begun();
  if (!state) {
    return training_->load_state(training_->state(), steps, Training::Standing::newcomer);
  }
  const bool local = options_.plan.mode == TrainingMode::moshpit_sgd;
  training_->load_state(state->values, steps,
                        local ? Training::Standing::level : Training::Standing::behind);
  participant_.offer_state(state->step, HashedState(state->values));
}

Task<> Trainee::train() {
  while (!training_->is_over(run()) && !study_.is_over()) {
    const Duration takes = study_.takes();
    co_await loop_.sleep_for(takes);
    work();
    co_await settle_where_it_must();
    if (training_->is_due(run())) begin_step(0, false);
    co_await settle_where_it_must();
  }
}

void Trainee::work() {
  const double samples = study_.work();
  training_->add_batch(samples);
  speed_.worked(samples, study_.takes());
  participant_.note_work(training_->samples_since_step(), speed_.samples_per_second());
}

Task<> Trainee::settle_where_it_must() {
  if (training_->must_wait()) co_await averaged_.wait();  // ends with its rounds
  if (outcome_) settle();
}

Training::Run Trainee::run() {
  return {participant_.averager().newest_step(), participant_.run_progress().reached, loop_.now()};
}

void Trainee::begin_step(std::uint64_t at_least, bool unhurried) {
  Training::Run now = run();
  now.newest_step = std::max(now.newest_step, at_least);
  StepRequest request = training_->begin(now);
  request.unhurried = unhurried;
  study_.handed_over(request);
  averaged_.reset();
  tasks_.spawn(average(std::move(request), study_.delay()));
}

Task<> Trainee::average(StepRequest request, Duration delay) {
  const Time began = loop_.now();
  if (delay > Duration{0}) co_await loop_.sleep_for(delay);
  auto outcome = co_await participant_.average(std::move(request));
  outcome_ = std::move(outcome);
  took_ = loop_.now() - began;
  averaged_.set();
}

void Trainee::settle() {
  const StepReport report = outcome_->report;
  training_->settle(*std::exchange(outcome_, std::nullopt));
  auto settled = training_->take_settled();
  if (settled || training_->standing() != Training::Standing::newcomer) {
    participant_.offer_state(training_->steps_begun(),
                             HashedState(settled ? *std::move(settled) : training_->state()));
  }
  participant_.note_work(training_->samples_since_step(), speed_.samples_per_second());
  study_.settled(report, took_);
}

Task<> Trainee::finish() {
  if (training_->is_under_way()) co_await settle_one();
  const std::uint64_t last = options_.plan.steps;
  const Time deadline = loop_.now() + joining_takes;
  co_await participant_.meet(last, deadline);
  const bool local = options_.plan.mode == TrainingMode::moshpit_sgd;
  std::uint64_t coming = local ? last + 1 : last;
  while (training_->steps_begun() < last + closing_steps) {
    begin_step(coming, true);
    co_await settle_one();
    coming = last + 1;
  }
}

Task<> Trainee::settle_one() {
  co_await averaged_.wait();  // ends with its rounds
  settle();
}

}  // namespace moshpit::sim
