#include "average/averager.hpp"

#include <algorithm>
#include <utility>

#include "average/outcome.hpp"
#include "base/assert.hpp"
#include "reduce/partition.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

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

// What is on the roll lives as long as it counts. A newcomer does not know yet how long steps take.
constexpr Duration shortest_roll = 5s;
constexpr Duration longest_roll = 1h;
constexpr Duration roll_of_a_newcomer = 20s;

Duration roll_lives(Duration step_interval) {
  if (step_interval == Duration{0}) return roll_of_a_newcomer;
  const Duration counts = std::int64_t{Roll::steps_counted} * step_interval;
  return std::clamp(counts, shortest_roll, longest_roll);
}

}  // namespace

Averager::Averager(Network& network, Directory& directory, AveragerOptions options)
    : network_(network),
      directory_(directory),
      run_(options.run),
      surveyor_(network, directory, options.run, options.grid, options.largest_group,
                [this] { return newest_step(); }),
      shape_(surveyor_.at(0)),
      key_(GridKey::at_place(options.grid, 0)),
      claims_(network, directory, options.run, options.grid),
      matchmaking_(network, options.run),
      all_reduce_(network, options.weight_limit, options.codec),
      codec_(options.codec) {
  matchmaking_.when_declined(
      [this](const RoundId& round, const PeerId& member) { all_reduce_.declined(round, member); });
  surveyor_.when_changed([this] { move_to_coming_shape(); });
}

void Averager::take_place(std::optional<std::uint64_t> place) {
  claimed_ = coming_shape();
  if (place && *place < claimed_->grid.places()) {
    claims_.take(clock_ + 1, GridKey::at_place(claimed_->grid, *place));
  } else {
    claims_.claim_for(clock_ + 1, claimed_->grid);
  }
}

Task<bool> Averager::placed(Time deadline) {
  const bool settled = co_await claims_.settled().wait_until(deadline);
  co_return settled;
}

Task<StepOutcome> Averager::step(StepRequest request) {
  begin_step(request.step);
  WeightedVector vector = with_residuals(std::move(request.values), request.weight);
  StepReport report{clock_, {}, Duration{0}};
  std::vector<std::vector<float>> kept;
  rounds_ = request.rounds > 0 ? request.rounds : shape_->grid.dimensions();
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
  residuals_ = std::move(vector.residuals);
  StepOutcome outcome = outcome_of(std::move(report), std::move(vector));
  outcome.values_after_round = std::move(kept);
  co_return outcome;
}

WeightedVector Averager::with_residuals(std::vector<float> values, double weight) {
  WeightedVector vector(std::move(values), weight);
  if (codec_ == Codec::fp32) return vector;
  residuals_.resize(vector.values.size());
  vector.residuals = std::move(residuals_);
  return vector;
}

void Averager::begin_step(std::uint64_t at_least) {
  MOSHPIT_ASSERT(!under_way_);
  under_way_ = true;
  saw_hole_ = false;
  members_met_ = 0;
  clock_ = std::max({clock_ + 1, matchmaking_.newest_step_seen(), at_least});
  const Time now = network_.loop().now();
  step_interval_ = newcomer_ ? Duration{0} : now - step_began_;
  step_began_ = now;
  matchmaking_.step_begins(clock_);
  surveyor_.step_begins();
  take_standpoint();
}

// The claim was made for the coming step as it was known then; the run may have gone on to another
// shape meanwhile.
void Averager::take_standpoint() {
  const auto before = std::exchange(shape_, surveyor_.at(clock_));
  if (shape_ != before) patience_.expect_holes(shape_->roster.size() < shape_->grid.places());
  presence_ = claims_.release();
  const bool claimed = std::exchange(claimed_, nullptr) == shape_;
  key_ = claimed ? claims_.key() : place_on(*shape_);
  // The claim of a newcomer lies with those who were closest to it as far as it knew then.
  if (std::exchange(newcomer_, false) || !claimed) presence_.reset();
}

GridKey Averager::place_on(const Shape& shape) {
  const auto place = shape.place_of(network_.id());
  if (place) return GridKey::at_place(shape.grid, *place);
  return GridKey::at_random(shape.grid, network_.loop().random());
}

void Averager::end_step() {
  under_way_ = false;
  patience_.saw_step(saw_hole_);
  // By then the first round is over for everybody, and who was in it is written down.
  const Duration settled = patience_.until_end_of(0) + patience_.share();
  const Duration since = network_.loop().now() - step_began_;
  surveyor_.step_ended(clock_, std::max(settled - since, patience_.share()), peers_there());
}

// As many as if the other places were taken as often as those that it has met.
double Averager::peers_there() const {
  const auto places = static_cast<double>(shape_->grid.places());
  const auto seen = static_cast<double>(rounds_ * shape_->grid.side());
  return places * static_cast<double>(members_met_) / seen;
}

// Only while a place is claimed for the coming step: a step under way takes one when it ends.
void Averager::move_to_coming_shape() {
  if (claimed_ && claimed_ != coming_shape()) claim_on_coming_shape();
}

void Averager::claim_on_coming_shape() {
  claimed_ = coming_shape();
  if (claimed_ == shape_) return claims_.keep(clock_ + 1, claimed_->grid, key_);
  take_place(claimed_->place_of(network_.id()));
}

Task<RoundReport> Averager::round(RoundTime time, WeightedVector& vector) {
  if (observer_) observer_->round_begins(time, vector);
  const Time began = network_.loop().now();
  RoundReport report;
  report.time = time;
  report.grid = shape_->grid;
  report.group = key_.text();
  const auto group = co_await find_group(time);
  const Duration matching = network_.loop().now() - began;
  move_on(time, group);
  if (group) {
    const RoundLimits limits = all_reduce_.limits(*group, vector.values.size());
    auto reduced = co_await all_reduce_.reduce(*group, vector, limits);
    reduced.grid = report.grid;
    reduced.group = std::move(report.group);
    reduced.deadline = limits.round;
    report = std::move(reduced);
  }
  report.matching = matching;
  report.ended = network_.loop().this_instant();
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
  search.group_size = shape_->grid.side();
  search.bandwidth = static_cast<std::uint64_t>(all_reduce_.bandwidth());
  const Duration since = network_.loop().now() - step_began_;
  search.patience = std::max(patience_.until_end_of(time.round) - since, patience_.share());
  search.grace = patience_.grace_in(time.round, since, usual_round_trip());
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
  const DirectoryKey key = key_.directory_key(run_, time);
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
  note_group(time, group);
  key_ = group ? key_.advanced(group->digits[group->self])
               : key_.stayed_alone(network_.loop().random());
  if (time.round + 1 < rounds_) {
    stand_under_key(RoundTime{time.step, time.round + 1});
  } else {
    presence_.reset();
    claim_on_coming_shape();
  }
}

void Averager::note_group(RoundTime time, const std::optional<Group>& group) {
  saw_hole_ = saw_hole_ || !group || group->size() < shape_->grid.side();
  members_met_ += group ? group->size() : 1;
  if (time.round > 0) return;
  if (group) {
    patience_.saw_first_round(group->spread, usual_round_trip());
  } else {
    patience_.saw_nobody(usual_round_trip());
  }
  surveyor_.first_round(time.step, group ? &*group : nullptr, roll_lives(step_interval_));
}

void Averager::learn_clock(std::uint64_t step) {
  clock_ = std::max(clock_, step);
  matchmaking_.learn_clock(clock_);
}

std::string Averager::explain() const {
  return under_way_ ? matchmaking_.explain() : "nothing: no averaging step is under way";
}

}  // namespace moshpit
