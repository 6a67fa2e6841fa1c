#include "average/averager.hpp"

#include <algorithm>
#include <utility>

#include "average/outcome.hpp"
#include "base/assert.hpp"
#include "reduce/partition.hpp"

namespace moshpit {
namespace {

StepOutcome outcome_of(StepReport report, WeightedVector vector) {
  const ChunkLayout layout(vector.values.size());
  StepOutcome outcome;
  outcome.chunk_elements = layout.chunk_elements();
  for (std::size_t chunk = 0; chunk < layout.count(); ++chunk) {
    outcome.chunks.push_back(outcome_of_chunk(report, chunk));
  }
  outcome.values = std::move(vector.values);
  outcome.report = std::move(report);
  return outcome;
}

}  // namespace

Averager::Averager(Network& network, Directory& directory, AveragerOptions options)
    : network_(network),
      directory_(directory),
      options_(options),
      key_(GridKey::at_place(options.grid, 0)),
      claims_(network, directory, options.run, options.grid),
      matchmaking_(network, options.run),
      all_reduce_(network, options.weight_limit) {
  matchmaking_.when_declined(
      [this](const RoundId& round, const PeerId& member) { all_reduce_.declined(round, member); });
}

void Averager::take_place(std::optional<std::uint64_t> place) {
  if (place) {
    claims_.take(clock_ + 1, GridKey::at_place(options_.grid, *place));
  } else {
    claims_.claim_for(clock_ + 1);
  }
}

Task<bool> Averager::placed(Time deadline) {
  const bool settled = co_await claims_.settled().wait_until(deadline);
  co_return settled;
}

Task<StepOutcome> Averager::step(StepRequest request) {
  begin_step(request.step);
  WeightedVector vector(std::move(request.values), request.weight);
  StepReport report{clock_, {}, Duration{0}};
  std::vector<std::vector<float>> kept;
  rounds_ = request.rounds > 0 ? request.rounds : options_.grid.dimensions();
  for (std::uint32_t i = 0; i < rounds_; ++i) {
    const RoundTime time{clock_, i};
    auto round_report = co_await round(time, vector);
    report.rounds.push_back(std::move(round_report));
    if (request.keep_each_round) kept.push_back(vector.values);
  }
  const Time schedule_ends = step_began_ + patience_.until_end_of(rounds_ - 1);
  const bool hold = request.unhurried && saw_hole_ && anybody_there();
  if (hold) co_await matchmaking_.await_newer_step(clock_, schedule_ends);
  end_step();
  report.duration = network_.loop().now() - step_began_;
  StepOutcome outcome = outcome_of(std::move(report), std::move(vector));
  outcome.values_after_round = std::move(kept);
  co_return outcome;
}

void Averager::begin_step(std::uint64_t at_least) {
  MOSHPIT_ASSERT(!under_way_);
  under_way_ = true;
  saw_hole_ = false;
  clock_ = std::max({clock_ + 1, matchmaking_.newest_step_seen(), at_least});
  step_began_ = network_.loop().now();
  matchmaking_.step_begins(clock_);
  key_ = claims_.key();
  presence_ = claims_.release();
  // The claim of a newcomer lies with those who were closest to it as far as it knew then.
  if (std::exchange(newcomer_, false)) presence_.reset();
}

void Averager::end_step() {
  under_way_ = false;
  patience_.saw_step(saw_hole_);
}

Task<RoundReport> Averager::round(RoundTime time, WeightedVector& vector) {
  if (observer_) observer_->round_begins(time, vector);
  const Time began = network_.loop().now();
  RoundReport report;
  report.time = time;
  report.group = key_.text();
  const auto group = co_await find_group(time);
  const Duration matching = network_.loop().now() - began;
  move_on(time, group);
  if (group) {
    const RoundLimits limits = all_reduce_.limits(*group, vector.values.size());
    auto reduced = co_await all_reduce_.reduce(*group, vector, limits);
    reduced.group = std::move(report.group);
    reduced.deadline = limits.round;
    report = std::move(reduced);
  }
  report.matching = matching;
  report.ended = network_.loop().now();
  if (observer_) observer_->round_ended(report, vector);
  co_return report;
}

Task<std::optional<Group>> Averager::find_group(RoundTime time) {
  // Without a link to anybody there is nobody to wait for; a newcomer dials first and comes to the
  // next round.
  if (!anybody_there()) co_return std::nullopt;
  stand_under_key(time);
  Search search;
  search.key = presence_->key();
  search.time = time;
  search.group_size = options_.grid.side();
  const Time now = network_.loop().now();
  search.patience =
      std::max(step_began_ + patience_.until_end_of(time.round) - now, patience_.share());
  search.grace = patience_.grace(usual_round_trip());
  TaskGroup guides(network_.loop());
  guides.spawn(guide());
  auto group = co_await matchmaking_.find_group(search);
  co_return group;
}

// The median, so that one peer that stood still for a while holds nobody up.
Duration Averager::usual_round_trip() const {
  std::vector<Duration> measured = network_.round_trips();
  if (measured.empty()) return Duration{0};
  const auto middle = measured.begin() + static_cast<std::ptrdiff_t>(measured.size() / 2);
  std::nth_element(measured.begin(), middle, measured.end());
  return *middle;
}

// Usually it stands there already: since the group before this one was assembled.
void Averager::stand_under_key(RoundTime time) {
  const DirectoryKey key = key_.directory_key(options_.run, time);
  if (presence_ && presence_->key() == key) return;
  Bytes value;
  if (time.round == 0) value = claim_value(ClaimKind::resident);
  presence_ = std::make_unique<Presence>(network_.loop(), directory_, key, std::move(value));
}

// Tells the matchmaking who else is under the key, before and after this peer.
Task<> Averager::guide() {
  while (true) {
    presence_->news().reset();
    suggest_those_present();
    co_await presence_->news().wait();  // no deadline: cancelled when the group stands
  }
}

void Averager::suggest_those_present() {
  for (const auto& [peer, record] : presence_->others()) {
    const bool left = claim_kind(record) == ClaimKind::withdrawn;
    if (!left) matchmaking_.suggest(presence_->key(), record.publisher);
  }
  if (presence_->informed()) matchmaking_.informed(presence_->key());
}

// The digits advance only if a group was assembled; a peer that stays alone redraws now and then
// (grid_key.hpp).
void Averager::move_on(RoundTime time, const std::optional<Group>& group) {
  saw_hole_ = saw_hole_ || !group || group->size() < options_.grid.side();
  if (group && time.round == 0) patience_.saw_first_round(group->spread, usual_round_trip());
  if (!group && time.round == 0) patience_.saw_nobody(usual_round_trip());
  key_ = group ? key_.advanced(group->digits[group->self])
               : key_.stayed_alone(network_.loop().random());
  if (time.round + 1 < rounds_) {
    stand_under_key(RoundTime{time.step, time.round + 1});
  } else {
    presence_.reset();
    claims_.take(clock_ + 1, key_);
  }
}

void Averager::learn_clock(std::uint64_t step) {
  clock_ = std::max(clock_, step);
  matchmaking_.learn_clock(clock_);
}

std::string Averager::explain() const {
  return under_way_ ? matchmaking_.explain() : "nothing: no averaging step is under way";
}

}  // namespace moshpit
