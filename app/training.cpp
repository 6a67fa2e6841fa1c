#include "app/training.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sys/resource.h>
#include <unistd.h>

#include "app/assembly.hpp"
#include "app/round_events.hpp"
#include "base/bytes.hpp"
#include "data/digits.hpp"
#include "data/idx.hpp"
#include "data/shard.hpp"
#include "model/mlp.hpp"
#include "model/sgd.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// A late peer asks around for this long for the run's parameters.
constexpr auto download_takes = 30s;
constexpr auto progress_every = 500ms;
constexpr double warm_up_steps = 50;

MlpShape shape_for(const Dataset& data, std::uint32_t hidden) {
  return {data.pixels, hidden, data.classes};
}

// "3/8". Nothing if it is no part of anything, or the parts would have no examples.
std::optional<Shard> parse_shard(std::string_view text, std::size_t examples, std::uint64_t seed) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  std::size_t peer = 0;
  std::size_t peers = 0;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), text.data() + slash, peer);
  const auto second = std::from_chars(text.data() + slash + 1, end, peers);
  const bool numbers =
      first.ptr == text.data() + slash && second.ptr == end && second.ec == std::errc();
  if (!numbers || first.ec != std::errc() || peer >= peers || peers > examples) return std::nullopt;
  return Shard(examples, peer, peers, seed);
}

// One peer's training, from the first parameters to the last evaluation.
class Training {
 public:
  Training(Peer& peer, const Dataset& data, const TrainingOptions& options, Shard shard,
           std::vector<float> parameters, const Output& output)
      : peer_(peer),
        data_(data),
        options_(options),
        output_(output),
        shard_(std::move(shard)),
        mlp_(shape_for(data, options.hidden)),
        parameters_(std::move(parameters)),
        gradient_(parameters_.size()),
        sgd_(parameters_.size(), {.momentum = options.momentum, .nesterov = true}),
        moshpit_(peer, parameters_) {}

  bool finished() const { return moshpit_.finished(); }

  void local_step() {
    shard_.next(data_.train, options_.batch, batch_);
    const double loss = mlp_.loss_and_gradient(parameters_, batch_, gradient_);
    sgd_.step(parameters_, gradient_, rate());
    loss_ += (loss - loss_) / std::min<std::uint64_t>(moshpit_.local_steps() + 1, 50);
    const auto applied = moshpit_.after_step(options_.batch);
    tell_rounds();
    if (applied) tell_step(*applied);
    if (Clock::now() >= next_progress_) tell_progress();
  }

  int finish() {
    tell_progress();
    const auto report = moshpit_.finish();
    tell_rounds();
    if (!report) return output_.fail(report.error());
    tell_step(*report);
    if (!options_.save.empty()) save();
    const Evaluation test = mlp_.evaluate(parameters_, data_.test);
    output_.event({{"event", "finished"},
                   {"peer", peer_.id().text()},
                   {"local_steps", moshpit_.local_steps()},
                   {"steps_given", moshpit_.steps_given()},
                   {"accuracy", test.accuracy},
                   {"loss", test.loss}});
    output_.say(fmt::format("finished: {:.2f} % of the test images right after {} local steps",
                            100 * test.accuracy, moshpit_.local_steps()));
    return 0;
  }

 private:
  // Warm-up, then constant for half of the run's clock, then down to zero in a straight line: of
  // the schedules tried with eight averaging peers, those that end near zero lost least against one
  // peer.
  float rate() const {
    const auto total = static_cast<double>(std::max<std::uint64_t>(peer_.plan().steps, 1));
    const auto worked = static_cast<double>(moshpit_.local_steps()) / peer_.plan().period;
    const double clock = std::max(static_cast<double>(peer_.newest_step()), worked);
    const double passed = std::min(1.0, clock / total);
    const double warm =
        std::min(1.0, static_cast<double>(moshpit_.local_steps() + 1) / warm_up_steps);
    return options_.rate * static_cast<float>(warm * std::min(1.0, 2 * (1 - passed)));
  }

  void tell_rounds() {
    for (const Notice& notice : peer_.poll_notices()) output_.event(round_event(notice.report));
  }

  void tell_step(const StepReport& report) {
    output_.event({{"event", "step"},
                   {"peer", peer_.id().text()},
                   {"step", report.step},
                   {"steps_given", moshpit_.steps_given()},
                   {"seconds", seconds(report.duration)}});
  }

  void tell_progress() {
    const auto now = Clock::now();
    const double passed = std::chrono::duration<double>(now - last_progress_).count();
    const auto steps = static_cast<double>(moshpit_.local_steps() - steps_told_);
    const double speed = steps * options_.batch / passed;
    peer_.publish_progress(moshpit_.local_steps(), loss_);
    const Snapshot snapshot = peer_.snapshot();
    output_.event({{"event", "progress"},
                   {"peer", peer_.id().text()},
                   {"step", snapshot.step},
                   {"local_steps", moshpit_.local_steps()},
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
    steps_told_ = moshpit_.local_steps();
  }

  void save() const {
    std::ofstream file(options_.save, std::ios::binary);
    const std::string_view bytes = as_text(std::as_bytes(std::span(parameters_)));
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }

  Peer& peer_;
  const Dataset& data_;
  const TrainingOptions& options_;
  const Output& output_;
  Shard shard_;
  Mlp mlp_;
  std::vector<float> parameters_;
  std::vector<float> gradient_;
  Batch batch_;
  Sgd sgd_;
  MoshpitSgd moshpit_;
  double loss_ = 0;
  Clock::time_point last_progress_ = Clock::now();
  Clock::time_point next_progress_ = last_progress_ + progress_every;
  std::uint64_t steps_told_ = 0;
};

// Lowers the priority of this thread, which trains, below that of the peer's: what other peers wait
// for takes microseconds and comes first, also where there are more threads than cores.
void yield_to_network() { setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 5); }

// The run's parameters if it has begun, otherwise those that every peer draws from the plan's seed.
Result<std::vector<float>> first_parameters(Peer& peer, const Mlp& mlp, const Output& output) {
  const bool begun = peer.newest_step() > 0 || peer.snapshot().step > 0;
  if (!begun) return mlp.initial(peer.plan().seed);
  output.say("downloading the run's parameters from another peer, at most 30 s");
  Result<RunState> downloaded = peer.download_state(download_takes);
  if (!downloaded) return downloaded.error();
  RunState state = *std::move(downloaded);
  return state.parameters;
}

}  // namespace

ModelDescription describe_model(const Dataset& data, std::uint32_t hidden) {
  const MlpShape shape = shape_for(data, hidden);
  return {fmt::format("mlp-{}-{}-{}", shape.inputs, shape.hidden, shape.classes),
          Mlp(shape).size()};
}

Result<Dataset> load_data(const std::string& folder) {
  if (folder.empty()) return draw_digits();
  return read_idx(folder);
}

int train(Peer& peer, const Dataset& data, const TrainingOptions& options, const Output& output,
          const Interrupt& interrupt) {
  auto shard = parse_shard(options.shard, data.train.size(), peer.plan().seed);
  if (!shard) {
    return output.fail(Error(ErrorCode::invalid_argument,
                             "'" + options.shard + "' is no part of the training set: write I/N " +
                                 "with I from 0 to N-1, as 3/8."));
  }
  const Mlp mlp(shape_for(data, options.hidden));
  auto parameters = first_parameters(peer, mlp, output);
  if (!parameters) return output.fail(parameters.error());
  peer.offer_state(*parameters);
  if (!wait_for_members(peer, options.wait_for, output, interrupt) && !interrupt.requested()) {
    return output.fail(Error(ErrorCode::unreachable,
                             "The other peers did not come: start them, or lower --wait-for."));
  }
  Training training(peer, data, options, *std::move(shard), *std::move(parameters), output);
  yield_to_network();
  while (!interrupt.requested() && !training.finished()) training.local_step();
  return interrupt.requested() ? Interrupt::exit_code : training.finish();
}

}  // namespace moshpit
