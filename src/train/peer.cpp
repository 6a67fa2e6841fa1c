#include "moshpit/peer.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/assert.hpp"
#include "base/entropy.hpp"
#include "train/door.hpp"
#include "train/finite.hpp"
#include "wire/train_messages.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

constexpr Duration joining_takes = 15s;  // peer.hpp, join_run
constexpr std::size_t secret_size = 16;  // 128 bits cannot be guessed

Result<std::vector<Address>> parse_addresses(const std::vector<std::string>& texts) {
  std::vector<Address> addresses;
  for (const std::string& text : texts) {
    auto address = Address::parse(text);
    if (!address) return address.error();
    addresses.push_back(*std::move(address));
  }
  return addresses;
}

std::optional<Error> check_place(const RunPlan& plan, const PeerOptions& options) {
  if (!options.place || *options.place < plan.grid.places()) return std::nullopt;
  return Error(ErrorCode::invalid_argument, "Place " + std::to_string(*options.place) +
                                                " is not on the grid " + plan.grid.text() +
                                                ": choose one from 0 to " +
                                                std::to_string(plan.grid.places() - 1) + ".");
}

std::optional<Error> check_training(const RunPlan& plan) {
  const bool averages_changes = plan.mode != TrainingMode::moshpit_sgd;
  const auto is_share = [](double value) { return value >= 0 && value < 1; };
  if (averages_changes != (plan.changes > 0) || plan.changes > plan.elements) {
    return Error(ErrorCode::invalid_argument,
                 "Collective and outer runs say how long the changes are that they average, and "
                 "Moshpit SGD averages none: take the lengths from plan_for().");
  }
  if (plan.state_every < 2 || plan.period_time < Duration{0} || plan.rounds > rounds_limit) {
    return Error(
        ErrorCode::invalid_argument,
        "The state is averaged at every second step at most, a period is not negative, and "
        "a step has at most 256 rounds.");
  }
  if (plan.mode == TrainingMode::collective && !(plan.target_batch > 0)) {
    return Error(ErrorCode::invalid_argument,
                 "A collective run needs a target batch of more than 0 samples.");
  }
  if (plan.mode == TrainingMode::outer &&
      !(plan.outer_rate > 0 && std::isfinite(plan.outer_rate) && is_share(plan.outer_momentum))) {
    return Error(ErrorCode::invalid_argument,
                 "The rate of an outer optimizer is above 0 and its momentum from 0 to below 1.");
  }
  return std::nullopt;
}

std::optional<Error> check_plan(const RunPlan& plan) {
  const bool follows = plan.largest_group > 0;
  if (plan.elements == 0 || plan.period == 0) {
    return Error(ErrorCode::invalid_argument,
                 "A run needs a vector of at least 1 element and a period of at least 1 step.");
  }
  if (auto problem = check_training(plan)) return problem;
  if (!are_sound_settings(plan.settings)) {
    return Error(ErrorCode::invalid_argument,
                 "The settings of a run are at most 4096 printable characters, in lines.");
  }
  if (!(plan.weight_limit > 0 && plan.weight_limit <= largest_weight_limit)) {
    return Error(ErrorCode::invalid_argument,
                 "The weight limit of a run is above 0 and at most 1e300.");
  }
  if (follows &&
      (plan.largest_group < plan.grid.side() || plan.largest_group > following_group_limit)) {
    return Error(ErrorCode::invalid_argument,
                 "The largest group of a grid that follows its peers is " +
                     std::to_string(plan.grid.side()) + ", a side of the grid, to " +
                     std::to_string(following_group_limit) + ".");
  }
  return std::nullopt;
}

}  // namespace

bool StepHandle::ready() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->outcome.has_value();
}

Result<StepOutcome> StepHandle::wait() {
  std::unique_lock lock(shared_->mutex);
  shared_->settled.wait(lock, [this] { return shared_->outcome.has_value(); });
  return *std::move(shared_->outcome);
}

Peer::Peer(std::unique_ptr<Door> door) : door_(std::move(door)) {}
Peer::Peer(Peer&&) noexcept = default;
Peer& Peer::operator=(Peer&&) noexcept = default;
Peer::~Peer() = default;

Result<Peer> Peer::start_run(RunPlan plan, PeerOptions options, std::uint64_t steps_begun) {
  if (auto problem = check_plan(plan)) return *std::move(problem);
  if (auto problem = check_place(plan, options)) return *std::move(problem);
  RunId run;
  Bytes secret(secret_size);
  fill_unpredictably(run.bytes);
  fill_unpredictably(secret);
  auto door = Door::open(options, run, std::move(secret));
  if (!door) return door.error();
  (*door)->call([&](Participant& participant) {
    participant.found(std::move(plan), options.place, steps_begun);
  });
  (*door)->member();
  return Peer(*std::move(door));
}

Result<Peer> Peer::join_run(const Invite& invite, std::string model, std::uint64_t elements,
                            PeerOptions options) {
  auto addresses = parse_addresses(invite.addresses);
  if (!addresses) return addresses.error();
  auto door = Door::open(options, invite.run, invite.secret);
  if (!door) return door.error();
  Participant::Application application{*std::move(addresses), std::move(model), elements,
                                       options.place, options.observer};
  const auto joined = (*door)->run([&](Participant& participant, Time now) {
    return participant.join(std::move(application), now + joining_takes);
  });
  if (!joined) return joined.error();
  (*door)->member();
  return Peer(*std::move(door));
}

const PeerId& Peer::id() const { return door_->id(); }
const RunId& Peer::run() const { return door_->run_id(); }
const RunPlan& Peer::plan() const { return door_->plan(); }
Invite Peer::invite() const { return door_->invite(); }
Snapshot Peer::snapshot() const { return door_->snapshot(); }
std::uint64_t Peer::newest_step() const { return door_->newest_step(); }
std::vector<Notice> Peer::poll_notices() { return door_->notices().take(); }
std::uint64_t Peer::notices_dropped() const { return door_->notices().dropped(); }

StepHandle Peer::average(StepRequest request) {
  const bool whole = request.what == Averaged::state;
  MOSHPIT_ASSERT(request.values.size() == (whole ? plan().elements : plan().changes));
  MOSHPIT_ASSERT(all_finite(request.values));
  MOSHPIT_ASSERT(request.weight >= 0 && request.weight <= plan().weight_limit);
  return door_->average(std::move(request));
}

void Peer::offer_state(RunState state) {
  HashedState hashed(std::move(state.values));
  door_->call(
      [&](Participant& participant) { participant.offer_state(state.step, std::move(hashed)); });
}

Result<RunState> Peer::download_state(Duration patience) {
  return door_->run([patience](Participant& participant, Time now) {
    return participant.download_state(now + patience);
  });
}

void Peer::publish_progress(std::uint64_t local_steps, double loss) {
  door_->start([local_steps, loss](Participant& participant) {
    return participant.publish(local_steps, loss);
  });
}

void Peer::note_work(double samples, double samples_per_second) {
  door_->call(
      [=](Participant& participant) { participant.note_work(samples, samples_per_second); });
}

RunProgress Peer::run_progress() const {
  return door_->call([](Participant& participant) { return participant.run_progress(); });
}

bool Peer::meet(std::uint64_t step, Duration patience) {
  return door_->run([step, patience](Participant& participant, Time now) {
    return participant.meet(step, now + patience);
  });
}

std::vector<MemberStatus> Peer::members() const {
  return door_->run([](Participant& participant, Time) { return participant.members(); });
}

}  // namespace moshpit
