#include "app/training.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sys/resource.h>
#include <unistd.h>

#include "app/assembly.hpp"
#include "app/round_events.hpp"
#include "base/bytes.hpp"
#include "model/schedule.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// A late peer asks around for this long for the run's parameters.
constexpr auto download_takes = 30s;
constexpr auto progress_every = 500ms;

// Of the batches from one averaging step to the next.
struct Losses {
  std::uint64_t batches = 0;
  double sum = 0;

  void add(double loss) {
    ++batches;
    sum += loss;
  }
  double mean() const { return batches > 0 ? sum / static_cast<double>(batches) : 0; }
};

// Of this thread, so far.
Duration processor_time() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

// One peer's training, from the first parameters to the last evaluation.
class LocalWork {
 public:
  LocalWork(Peer& peer, const Assignment& assignment, const TrainingOptions& options,
            Trainer trainer, const Output& output, const Interrupt& interrupt)
      : peer_(peer),
        learner_(*assignment.learner),
        settings_(assignment.settings),
        options_(options),
        output_(output),
        interrupt_(interrupt),
        trainer_(std::move(trainer)) {}

  bool finished() const { return trainer_.finished(); }

  void local_step() {
    const auto began = Clock::now();
    const Duration busy = processor_time();
    const double loss = learner_.work(options_.batch, rate());
    rest(processor_time() - busy, Clock::now() - began);
    losses_.add(loss);
    loss_ += (loss - loss_) / static_cast<double>(std::min<std::uint64_t>(batches() + 1, 50));
    const auto applied = trainer_.after_batch(options_.batch);
    tell_rounds();
    if (applied) tell_step(*applied);
    if (applied && Clock::now() >= next_checkpoint_) write_checkpoint();
    if (Clock::now() >= next_progress_) tell_progress();
  }

  int finish() {
    tell_progress();
    const auto report = trainer_.finish();
    tell_rounds();
    if (!report) return output_.fail(report.error());
    tell_step(*report);
    if (!options_.save.empty()) save();
    write_checkpoint();
    const Evaluation test = learner_.evaluate();
    output_.event({{"event", "finished"},
                   {"peer", peer_.id().text()},
                   {"local_steps", batches()},
                   {"steps_given", trainer_.local_steps_given()},
                   {"accuracy", test.accuracy},
                   {"loss", test.loss}});
    output_.say(fmt::format("finished: {:.2f} % of the test data right after {} local steps",
                            100 * test.accuracy, batches()));
    return 0;
  }

 private:
  std::uint64_t batches() const { return trainer_.local_steps(); }

  // Warm-up, then constant for half of the run's clock, then down to zero in a straight line: of
  // the schedules tried with eight averaging peers, those that end near zero lost least against one
  // peer.
  double rate() const {
    const double warm =
        std::min(1.0, static_cast<double>(clock() + 1) / std::max(settings_.warm_up, 1.0));
    const Schedule schedule{
        .peak = settings_.rate, .hold = 0.5, .total = 1, .decay = Decay::linear};
    return warm * learning_rate(schedule, trainer_.passed());
  }

  // By the run's clock, in optimizer steps: whoever comes late is no less warm than the others.
  std::uint64_t clock() const {
    const RunPlan& plan = peer_.plan();
    if (plan.mode == TrainingMode::collective) return trainer_.steps_begun();
    return std::max(batches(), trainer_.steps_begun() * plan.period);
  }

  // Until the batch has taken as long as with such a share of a core; what it waited for other
  // programs of this machine is part of that.
  void rest(Duration worked, Clock::duration passed) const {
    if (options_.effort >= 1) return;
    const std::chrono::duration<double> wanted(seconds(worked) / options_.effort);
    interrupt_.pause(std::chrono::duration_cast<std::chrono::milliseconds>(wanted - passed));
  }

  void tell_rounds() {
    for (const Notice& notice : peer_.poll_notices()) output_.event(round_event(notice.report));
  }

  void tell_step(const StepReport& report) {
    output_.event({{"event", "step"},
                   {"peer", peer_.id().text()},
                   {"step", report.step},
                   {"averaged",
                    averaged_at(peer_.plan(), report.step) == Averaged::state ? "state" : "change"},
                   {"steps_given", trainer_.local_steps_given()},
                   {"samples", losses_.batches * options_.batch},
                   {"loss", losses_.mean()},
                   {"seconds", seconds(report.duration)}});
    losses_ = {};
  }

  void tell_progress() {
    const auto now = Clock::now();
    const double passed = std::chrono::duration<double>(now - last_progress_).count();
    const auto steps = static_cast<double>(batches() - steps_told_);
    const double speed = steps * options_.batch / passed;
    peer_.publish_progress(batches(), loss_);
    const Snapshot snapshot = peer_.snapshot();
    output_.event({{"event", "progress"},
                   {"peer", peer_.id().text()},
                   {"step", snapshot.step},
                   {"local_steps", batches()},
                   {"loss", loss_},
                   {"samples_per_second", speed},
                   {"peers", snapshot.connected.size() + 1},
                   {"grid", snapshot.grid.text()},
                   {"bytes_sent", snapshot.bytes_sent}});
    output_.say(
        fmt::format("step {:4} of {}  loss {:.3f}  {:5.0f} samples/s  {} peers  grid {}  {}",
                    snapshot.step, peer_.plan().steps, loss_, speed, snapshot.connected.size() + 1,
                    snapshot.grid.text(), snapshot.waiting_for));
    last_progress_ = now;
    next_progress_ = now + progress_every;
    steps_told_ = batches();
  }

  // Training goes on where the disk does not.
  void write_checkpoint() {
    if (options_.checkpoints.empty()) return;
    next_checkpoint_ = Clock::now() + checkpoint_period();
    const auto file = save_checkpoint(options_.checkpoints, trainer_.checkpoint(), options_.keep);
    const std::string problem = file ? "" : file.error().message();
    output_.event({{"event", "checkpoint"}, {"file", file ? *file : ""}, {"problem", problem}});
    if (!file) output_.say("no checkpoint was written: " + problem);
  }

  Clock::duration checkpoint_period() const {
    const std::chrono::duration<double> period(options_.checkpoint_seconds);
    return std::chrono::duration_cast<Clock::duration>(period);
  }

  void save() const {
    std::ofstream file(options_.save, std::ios::binary);
    const auto parameters = learner_.trained(peer_.plan().mode).parameters;
    const std::string_view bytes = as_text(std::as_bytes(parameters));
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }

  Peer& peer_;
  Learner& learner_;
  const RunSettings& settings_;
  const TrainingOptions& options_;
  const Output& output_;
  const Interrupt& interrupt_;
  Trainer trainer_;
  double loss_ = 0;
  Losses losses_;
  Clock::time_point last_progress_ = Clock::now();
  Clock::time_point next_progress_ = last_progress_ + progress_every;
  Clock::time_point next_checkpoint_ = last_progress_ + checkpoint_period();
  std::uint64_t steps_told_ = 0;
};

// Lowers the priority of this thread, which trains, below that of the peer's: what other peers wait
// for takes microseconds and comes first, also where there are more threads than cores.
void yield_to_network() { setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 5); }

// From a checkpoint, from the state of the run, or from parameters that all draw alike.
Result<Trainer> begin(Peer& peer, const Assignment& assignment, const Output& output) {
  Learner& learner = *assignment.learner;
  learner.begin(peer.plan().seed);
  TrainedModel model = learner.trained(peer.plan().mode);
  if (assignment.from) return Trainer::resume(peer, std::move(model), *assignment.from);
  if (peer.newest_step() > 0) {
    output.say("downloading the state of the run from other peers, at most 30 s");
  }
  return Trainer::begin(peer, std::move(model), download_takes);
}

}  // namespace

int train(Peer& peer, const Assignment& assignment, const TrainingOptions& options,
          const Output& output, const Interrupt& interrupt) {
  auto trainer = begin(peer, assignment, output);
  if (!trainer) return output.fail(trainer.error());
  if (!wait_for_members(peer, options.wait_for, output, interrupt) && !interrupt.requested()) {
    return output.fail(Error(ErrorCode::unreachable,
                             "The other peers did not come: start them, or lower --wait-for."));
  }
  LocalWork work(peer, assignment, options, *std::move(trainer), output, interrupt);
  yield_to_network();
  while (!interrupt.requested() && !work.finished()) work.local_step();
  return interrupt.requested() ? Interrupt::exit_code : work.finish();
}

}  // namespace moshpit
