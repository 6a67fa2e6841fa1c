#include "train/participant.hpp"

#include <algorithm>
#include <utility>

#include "base/hash.hpp"
#include "net/reachable.hpp"
#include "train/catch_up.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// A member that published nothing for this long is not shown any more.
constexpr Duration progress_lives = 20s;
// Who waits for others looks around this often, unless it hears of them.
constexpr Duration meeting_glance = 100ms;
// Claims on a place come to rest in a second; a newcomer that cannot wait takes the cell that it
// has. Once steps have begun the cells fill and empty at every round anyway, and a newcomer only
// looks around.
constexpr Duration placing_takes = 3s;
constexpr Duration placing_takes_later = 300ms;

// How often peers of a collective run tell one another how far they are: four times in what is left
// of a step, so that the estimate at its end is fresh, but no more often than the directory bears:
// everybody asks for everybody's record, 60 of them a second at most.
constexpr Duration shortest_glance = 250ms;
constexpr Duration glance_a_peer = 16ms;
constexpr Duration longest_glance = 5s;

Error nobody_there(const std::vector<Address>& addresses) {
  std::string list;
  for (const Address& address : addresses) list += (list.empty() ? "" : ", ") + address.text();
  return Error(ErrorCode::unreachable,
               "Nobody answers at " + list + ": ask any peer of the run for a fresh invite.");
}

Error not_in_time(const DownloadProgress& progress) {
  return Error(ErrorCode::unreachable, "The run's state did not come in time. " +
                                           progress.sentence +
                                           " Try again: what is here need not come again.");
}

}  // namespace

Participant::Participant(Loop& loop, Transport& transport, const Credentials& credentials,
                         Membership membership)
    : run_(membership.run),
      network_(loop, transport, credentials, std::move(membership)),
      dial_back_(network_),
      directory_(network_),
      donor_(network_, directory_, donors_key()) {}

void Participant::found(RunPlan plan, std::optional<std::uint64_t> place,
                        std::uint64_t steps_begun) {
  become_member(std::move(plan));
  averager_->learn_clock(steps_begun);
  averager_->take_place(place);
}

void Participant::become_member(RunPlan plan) {
  const bool nothing_but_states = plan.mode == TrainingMode::moshpit_sgd;
  AveragerOptions options{run_, plan.grid, plan.largest_group, plan.weight_limit};
  options.state_codec = nothing_but_states ? plan.codec : plan.state_codec;
  options.change_codec = plan.codec;
  averager_.emplace(network_, directory_, std::move(options));
  if (plan.mode == TrainingMode::collective) board_.emplace(plan.target_batch);
  plan_ = std::move(plan);
  donor_.offer_plan([this] {
    return PlanAnswer{*plan_, averager_->steps_begun(), averager_->shapes()};
  });
  donor_.share_line([this] { return averager_->line_in_use(); });
}

Task<Result<void>> Participant::join(Application application, Time deadline) {
  auto answer = co_await enter(application, deadline);
  if (!answer) co_return answer.error();
  co_await dial_back_.settle(deadline);
  become_member(answer->plan);
  averager_->learn_clock(answer->clock);
  averager_->learn_shapes(answer->shapes);
  if (!application.observer) co_await take_place(application.place, deadline);
  co_return Result<void>();
}

// Who answers at one address may itself be a newcomer that knows no plan yet, or die before this
// peer is in the directory: then the next one serves.
Task<Result<PlanAnswer>> Participant::enter(const Application& application, Time deadline) {
  std::optional<Error> last;
  for (const Address& address : application.addresses) {
    auto entrance = co_await enter_at(address, deadline);
    if (!entrance) {
      if (entrance.error().code() != ErrorCode::unreachable) last = entrance.error();
      continue;
    }
    auto conflict = disagreement(entrance->answer.plan, application.model, application.elements);
    if (conflict) co_return *std::move(conflict);
    // Before anybody else hears of it: whoever tries an address in vain loses seconds.
    co_await dial_back_.consult(entrance->member, deadline);
    std::vector<Contact> known{entrance->member};
    // It let this peer in, whatever it knows of its own address.
    if (known.front().addresses.empty()) known.front().addresses = {address};
    auto entered = co_await directory_.bootstrap(std::move(known));
    if (entered) co_return entrance->answer;
  }
  co_return last ? *std::move(last) : nobody_there(application.addresses);
}

Task<Result<Participant::Entrance>> Participant::enter_at(Address address, Time deadline) {
  auto member = co_await network_.connect_to(address, deadline);
  if (!member) co_return member.error();
  auto answer = co_await fetch_plan(network_, *member, deadline);
  if (!answer) co_return answer.error();
  Entrance entrance{*std::move(member), *std::move(answer)};
  co_return Result<Entrance>(std::move(entrance));
}

Task<> Participant::take_place(std::optional<std::uint64_t> place, Time deadline) {
  averager_->take_place(place);
  const Time rest =
      std::min(deadline, network_.loop().now() +
                             (averager_->steps_begun() == 0 ? placing_takes : placing_takes_later));
  co_await averager_->placed(rest);
}

Task<Result<RunState>> Participant::download_state(Time deadline) {
  if (!download_ || download_->complete()) download_.emplace(network_.loop().now());
  CatchUp catch_up(network_, directory_, donors_key(), *download_);
  const bool complete = co_await catch_up.run(deadline);
  if (!complete) co_return not_in_time(download_->progress());
  co_return take_state();
}

Result<RunState> Participant::take_state() {
  RunState state = download_->take();
  averager_->learn_clock(state.step);
  return state;
}

std::optional<DownloadProgress> Participant::download_progress() const {
  if (!download_) return std::nullopt;
  return download_->progress();
}

Task<StepOutcome> Participant::average(StepRequest request) {
  const std::uint64_t step = averager_->coming_step(request.step);
  if (averaged_at(*plan_, step) != request.what) {
    StepOutcome elsewhere;
    elsewhere.report.step = step;
    co_return elsewhere;
  }
  if (board_) board_->begin(network_.loop().now());
  auto outcome = co_await averager_->step(std::move(request));
  // Where nobody works beside an averaging step, work begins again now.
  if (board_ && plan_->overlap == 0) board_->begin(network_.loop().now());
  co_return outcome;
}

void Participant::note_work(double samples, double samples_per_second) {
  progress_.step = averager_->steps_begun();
  progress_.samples = samples;
  progress_.samples_per_second = samples_per_second;
  if (!board_) return;
  board_->hear(network_.id(), WorkDone{progress_.step, samples, samples_per_second},
               network_.loop().now());
}

RunProgress Participant::run_progress() {
  if (!board_) return {};
  const auto all = board_->estimate(averager_->steps_begun(), network_.loop().now());
  return {all.samples, all.target,    all.samples_per_second,
          all.peers,   all.reached(), all.sentence()};
}

Task<> Participant::follow_progress() {
  const DirectoryKey key = members_key();
  while (board_) {
    co_await announce_progress();
    const auto records = co_await directory_.look_up(key);
    for (const Record& record : records) hear_of_work(record);
    const Time now = network_.loop().now();
    const auto estimate = board_->estimate(averager_->steps_begun(), now);
    const Duration quarter = estimate.left().value_or(longest_glance) / 4;
    const Duration shortest =
        std::max(shortest_glance, static_cast<int>(estimate.peers) * glance_a_peer);
    const Time again =
        now + std::clamp(quarter, std::min(shortest, longest_glance), longest_glance);
    co_await network_.loop().sleep_until(again);
  }
}

void Participant::hear_of_work(const Record& record) {
  const auto progress = decode_progress(record.value);
  if (!progress || record.publisher.id == network_.id()) return;
  board_->hear(record.publisher.id,
               WorkDone{progress->step, progress->samples, progress->samples_per_second},
               network_.loop().now());
}

Task<> Participant::publish(std::uint64_t local_steps, double loss) {
  progress_.step = averager_->steps_begun();
  progress_.local_steps = local_steps;
  progress_.loss = loss;
  progress_.place = averager_->place();
  co_await announce_progress();
}

Task<> Participant::announce_progress() {
  const DirectoryKey key = members_key();
  Bytes value = encode(progress_);
  co_await directory_.publish(key, std::move(value), progress_lives);
}

Task<bool> Participant::meet(std::uint64_t step, Time deadline) {
  progress_.step = step;
  averager_->call_to(step);
  while (averager_->newest_step() <= step) {
    co_await announce_progress();
    const bool all = co_await everybody_is_at(step);
    if (all) co_return true;
    const Time now = network_.loop().now();
    if (now >= deadline) co_return false;
    const Time again = std::min(deadline, now + meeting_glance);
    co_await averager_->await_newer_step(step, again);
  }
  co_return true;
}

Task<bool> Participant::everybody_is_at(std::uint64_t step) {
  const DirectoryKey key = members_key();
  const auto records = co_await directory_.look_up(key);
  for (const Record& record : records) {
    const auto progress = decode_progress(record.value);
    if (!progress || progress->step >= step || record.publisher.id == network_.id()) continue;
    const bool there = co_await is_reachable(network_, record.publisher);
    if (there) co_return false;
  }
  co_return true;
}

Task<std::vector<MemberStatus>> Participant::members() {
  const DirectoryKey key = members_key();
  const auto records = co_await directory_.look_up(key);
  std::vector<MemberStatus> members;
  for (const Record& record : records) {
    const auto progress = decode_progress(record.value);
    if (!progress) continue;
    MemberStatus status{record.publisher.id, progress->step,  progress->local_steps,
                        progress->loss,      progress->place, {}};
    for (const Address& address : record.publisher.addresses) {
      status.addresses.push_back(address.text());
    }
    members.push_back(std::move(status));
  }
  co_return members;
}

DirectoryKey Participant::key_of(std::string_view what) const {
  return DirectoryKey{Hasher().add(run_.bytes).add(as_bytes(what)).digest()};
}

}  // namespace moshpit
