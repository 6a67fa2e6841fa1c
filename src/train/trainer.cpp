#include "moshpit/trainer.hpp"

#include <algorithm>
#include <utility>

#include "loop/real_loop.hpp"
#include "train/progress_board.hpp"
#include "train/training.hpp"

namespace moshpit {
namespace {

// The closing steps, without local work between them. On a full grid the first is exact; with holes
// each shrinks the spread (paper.md, section 2: by (r-1)/(N-1) a round at best), and eight bring it
// below 1e-3 of what it was.
constexpr std::uint64_t closing_steps = 8;

// Whoever has made its local steps calls the others to the last averaging step and waits this long
// for them: a local step of a slow device, and the rounds that it is in.
constexpr Duration meeting_takes = std::chrono::seconds(60);

std::uint64_t length_of_state(const TrainedModel& model, TrainingMode mode) {
  return plan_for(model, mode).elements;
}

// States are digested on the training thread: that is to take a twentieth of its time at most.
constexpr int offering_pause = 20;

// Of a checkpoint: what Training::state() gives.
constexpr auto state_section = "state";

std::optional<Error> check_model(const RunPlan& plan, const TrainedModel& model) {
  const std::uint64_t length = length_of_state(model, plan.mode);
  if (length == plan.elements && model.gradients.size() == model.parameters.size()) {
    return std::nullopt;
  }
  return Error(ErrorCode::incompatible,
               "The state of this model has " + std::to_string(length) +
                   " values and that of the run " + std::to_string(plan.elements) +
                   ": bring the model and the optimizer that the run was started with.");
}

}  // namespace

// The machine, and the step under way.
class Trainer::Work {
 public:
  Work(Peer& peer, TrainedModel model, std::uint64_t steps_begun)
      : peer_(peer),
        training_(peer.plan(), std::move(model), steps_begun, Training::Standing::level,
                  RealLoop::now()),
        batch_began_(RealLoop::now()) {}

  void take_up(Duration patience);
  void resume(const Checkpoint& checkpoint, const std::vector<float>& state);
  Checkpoint checkpoint();
  std::optional<StepReport> after_batch(double samples);
  Result<StepReport> finish();
  bool finished() const { return training_.is_over(run()); }
  double passed() const;
  const Training& training() const { return training_; }

 private:
  Training::Run run() const;
  void tell_work(double samples);
  void begin_step(std::uint64_t at_least, bool unhurried);
  std::optional<StepReport> settle();
  std::optional<StepReport> settle_where_it_must();
  void offer_state();

  Peer& peer_;
  Training training_;
  std::optional<StepHandle> under_way_;
  WorkSpeed speed_;
  Time batch_began_;
  Time offer_again_{};
};

void Trainer::Work::take_up(Duration patience) {
  if (peer_.newest_step() == 0) return peer_.offer_state({0, training_.state()});
  const bool local = peer_.plan().mode == TrainingMode::moshpit_sgd;
  Result<RunState> downloaded = peer_.download_state(patience);
  const bool fits = downloaded && downloaded->values.size() == peer_.plan().elements;
  const auto standing = !fits   ? Training::Standing::newcomer
                        : local ? Training::Standing::level
                                : Training::Standing::behind;
  const auto state = fits ? std::move(downloaded->values) : training_.state();
  training_.load_state(state, peer_.snapshot().step, standing);
  if (fits) peer_.offer_state({downloaded->step, training_.state()});
}

void Trainer::Work::resume(const Checkpoint& checkpoint, const std::vector<float>& state) {
  training_.load_state(state, checkpoint.step, Training::Standing::level);
  peer_.offer_state({checkpoint.step, state});
}

Checkpoint Trainer::Work::checkpoint() {
  Checkpoint checkpoint;
  checkpoint.plan = peer_.plan();
  checkpoint.run = peer_.run();
  checkpoint.step = training_.steps_begun();
  checkpoint.local_steps = training_.local_steps();
  checkpoint.sections.push_back({state_section, training_.state()});
  return checkpoint;
}

Training::Run Trainer::Work::run() const {
  const bool collective = peer_.plan().mode == TrainingMode::collective;
  return {peer_.newest_step(), collective && peer_.run_progress().reached, RealLoop::now()};
}

std::optional<StepReport> Trainer::Work::after_batch(double samples) {
  training_.add_batch(samples);
  tell_work(samples);
  auto applied = settle_where_it_must();
  if (training_.is_due(run())) begin_step(0, false);
  if (training_.must_wait()) {
    if (auto later = settle()) applied = std::move(later);
  }
  batch_began_ = RealLoop::now();
  return applied;
}

// Only collective runs wait for the work of all together.
void Trainer::Work::tell_work(double samples) {
  if (peer_.plan().mode != TrainingMode::collective) return;
  speed_.worked(samples, RealLoop::now() - batch_began_);
  peer_.note_work(training_.samples_since_step(), speed_.samples_per_second());
}

std::optional<StepReport> Trainer::Work::settle_where_it_must() {
  if (!under_way_ || !(training_.must_wait() || under_way_->ready())) return std::nullopt;
  return settle();
}

void Trainer::Work::begin_step(std::uint64_t at_least, bool unhurried) {
  Training::Run now = run();
  now.newest_step = std::max(now.newest_step, at_least);
  StepRequest request = training_.begin(now);
  request.unhurried = unhurried;
  under_way_ = peer_.average(std::move(request));
}

std::optional<StepReport> Trainer::Work::settle() {
  auto outcome = std::exchange(under_way_, std::nullopt)->wait();
  if (!outcome) {
    training_.abandon();
    return std::nullopt;
  }
  StepReport report = outcome->report;
  training_.settle(*std::move(outcome));
  offer_state();
  tell_work(0);
  if (report.rounds.empty()) return std::nullopt;
  return report;
}

// What a step of the state settled is held by several donors, byte for byte. Between two of them a
// newcomer is better off with what one peer has now: whoever begins from old parameters has the
// wrong gradients.
void Trainer::Work::offer_state() {
  auto settled = training_.take_settled();
  const bool due = RealLoop::now() >= offer_again_;
  if (!settled && (!due || training_.standing() == Training::Standing::newcomer)) return;
  const Time began = RealLoop::now();
  peer_.offer_state({training_.steps_begun(), settled ? *std::move(settled) : training_.state()});
  const Time now = RealLoop::now();
  offer_again_ = now + offering_pause * (now - began);
}

double Trainer::Work::passed() const {
  const RunPlan& plan = peer_.plan();
  if (plan.steps == 0) return 0;
  const bool by_steps = plan.mode == TrainingMode::moshpit_sgd && plan.period_time == Duration{0};
  const auto worked = static_cast<double>(training_.local_steps()) / plan.period;
  // A step that all make together is made with the same rate by all: the clock is their steps, and
  // not what a peer has heard of meanwhile.
  const bool together = plan.mode == TrainingMode::collective;
  const auto clock = static_cast<double>(together ? training_.steps_begun() : peer_.newest_step());
  return std::min(1.0, std::max(clock, by_steps ? worked : 0) / static_cast<double>(plan.steps));
}

Result<StepReport> Trainer::Work::finish() {
  if (under_way_) settle();
  const std::uint64_t last = peer_.plan().steps;
  peer_.meet(last, meeting_takes);
  std::optional<StepReport> report;
  // Moshpit SGD hands over its last work with the first closing step, the others with the last step
  // of the run.
  const bool local = peer_.plan().mode == TrainingMode::moshpit_sgd;
  std::uint64_t coming = local ? last + 1 : last;
  while (!report || training_.steps_begun() < last + closing_steps) {
    begin_step(coming, true);
    auto outcome = settle();
    if (!outcome) {
      return Error(ErrorCode::cancelled, "The peer left before the last step was settled.");
    }
    report = std::move(outcome);
    coming = last + 1;
  }
  return *std::move(report);
}

Result<Trainer> Trainer::begin(Peer& peer, TrainedModel model, Duration patience) {
  if (auto problem = check_model(peer.plan(), model)) return *std::move(problem);
  auto work = std::make_unique<Work>(peer, std::move(model), peer.snapshot().step);
  work->take_up(patience);
  return Trainer(std::move(work));
}

Result<Trainer> Trainer::resume(Peer& peer, TrainedModel model, const Checkpoint& checkpoint) {
  const RunPlan& plan = peer.plan();
  if (auto problem = check_model(plan, model)) return *std::move(problem);
  const Checkpoint::Section* state = checkpoint.find(state_section);
  const bool fits = state && state->values.size() == plan.elements &&
                    checkpoint.plan.mode == plan.mode && checkpoint.plan.model == plan.model;
  if (!fits) {
    return Error(ErrorCode::incompatible,
                 "The checkpoint is of '" + checkpoint.plan.model + "' and the run trains '" +
                     plan.model +
                     "', or in another way: start the run with the checkpoint's plan.");
  }
  auto work = std::make_unique<Work>(peer, std::move(model), peer.snapshot().step);
  work->resume(checkpoint, state->values);
  return Trainer(std::move(work));
}

Checkpoint Trainer::checkpoint() const { return work_->checkpoint(); }

Trainer::Trainer(std::unique_ptr<Work> work) : work_(std::move(work)) {}
Trainer::Trainer(Trainer&&) noexcept = default;
Trainer& Trainer::operator=(Trainer&&) noexcept = default;
Trainer::~Trainer() = default;

std::optional<StepReport> Trainer::after_batch(double samples) {
  return work_->after_batch(samples);
}
bool Trainer::finished() const { return work_->finished(); }
Result<StepReport> Trainer::finish() { return work_->finish(); }
double Trainer::passed() const { return work_->passed(); }
std::uint64_t Trainer::steps_begun() const { return work_->training().steps_begun(); }
std::uint64_t Trainer::local_steps() const { return work_->training().local_steps(); }
std::uint64_t Trainer::local_steps_given() const { return work_->training().local_steps_given(); }
std::uint64_t Trainer::dropped() const { return work_->training().dropped(); }

}  // namespace moshpit
