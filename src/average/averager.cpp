#include "average/averager.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <utility>

#include "average/outcome.hpp"
#include "average/roll.hpp"
#include "base/assert.hpp"
#include "codec/codec.hpp"
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

// Whoever has its place by its digits or by a roster has it whoever else is there.
constexpr std::uint32_t everybody = std::numeric_limits<std::uint32_t>::max();
// A place that a person named is left by nobody before the first step.
constexpr Duration until_the_run_begins = 24h;

}  // namespace

Averager::Averager(Network& network, Directory& directory, AveragerOptions options)
    : network_(network),
      run_(options.run),
      surveyor_(network, directory, options.run, options.grid, options.largest_group,
                [this] { return newest_step(); }),
      shape_(surveyor_.at(0)),
      key_(GridKey::at_place(options.grid, 0)),
      claims_(network, directory, options.run, options.grid),
      matchmaking_(network, options.run),
      all_reduce_(network, options.weight_limit, options.state_codec),
      states_{options.state_codec, {}},
      changes_{options.change_codec, {}} {
  matchmaking_.when_declined(
      [this](const RoundId& round, const PeerId& member) { all_reduce_.declined(round, member); });
  surveyor_.when_changed([this] { move_to_coming_shape(); });
}

void Averager::take_place(std::optional<std::uint64_t> place) {
  claimed_ = coming_shape();
  if (place && *place < claimed_->grid.places()) {
    const RoundTime time{clock_ + 1, 0};
    const Duration calm =
        newcomer_ ? until_the_run_begins : patience_.for_hosts(network_.usual_round_trip());
    const GridKey key = GridKey::at_place(claimed_->grid, *place);
    claims_.keep(time, claimed_->grid, key, ClaimBoard::Stay{everybody, calm, std::nullopt});
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
  Travel& travel = travel_of(request.what);
  WeightedVector vector = prepare(request, travel);
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
  if (travel.codec != Codec::fp32) travel.debt.take_back(vector);
  StepOutcome outcome = outcome_of(std::move(report), std::move(vector));
  outcome.values_after_round = std::move(kept);
  co_return outcome;
}

Averager::Travel& Averager::travel_of(Averaged what) {
  return what == Averaged::state ? states_ : changes_;
}

WeightedVector Averager::prepare(StepRequest& request, Travel& travel) {
  all_reduce_.use(travel.codec);
  const std::size_t elements = request.values.size();
  vector_bytes_ = encoded_size(travel.codec, elements);
  patience_.step_begins(vector_bytes_);
  WeightedVector vector(std::move(request.values), request.weight);
  if (travel.codec != Codec::fp32) travel.debt.pay_with(vector);
  return vector;
}

void Averager::begin_step(std::uint64_t at_least) {
  MOSHPIT_ASSERT(!under_way_);
  under_way_ = true;
  saw_hole_ = false;
  members_met_ = 0;
  clock_ = coming_step(at_least);
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
  const bool claimed = std::exchange(claimed_, nullptr) == shape_;
  // The claim of a newcomer may lie with those who were closest to it as far as it knew then.
  const bool lost = std::exchange(newcomer_, false) && !claims_.is_placed();
  const RoundTime time{clock_, 0};
  if (claimed && !lost && claims_.stands_for(time)) return;
  claims_.release();
  if (!claimed) refuge_.reset();
  stand(time, claimed ? claims_.key() : place_on(*shape_));
}

// The peer stays under the key that it came to, but goes on where it could find no group.
void Averager::stand(RoundTime time, const GridKey& key) {
  ClaimBoard::Stay stay{everybody, patience_.for_hosts(network_.usual_round_trip()), refuge_};
  if (time.round == 0 && time.step > clock_) stay.room = room();
  claims_.keep(time, shape_->grid, key, std::move(stay));
}

// Where groups have guests, those who are too many in a cell would be too many in any.
std::uint32_t Averager::room() const {
  const std::uint32_t side = shape_->grid.side();
  return patience_.expects_guests() ? most_in_group(side) : side;
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
  if (claimed_ == shape_) return stand(RoundTime{clock_ + 1, 0}, key_);
  take_place(claimed_->place_of(network_.id()));
}

Task<RoundReport> Averager::round(RoundTime time, WeightedVector& vector) {
  if (observer_) observer_->round_begins(time, vector);
  const Time began = network_.loop().now();
  RoundReport report;
  report.time = time;
  report.grid = shape_->grid;
  const auto group = co_await find_group(time);
  if (claims_.is_guest()) patience_.saw_guests();
  key_ = claims_.key();
  report.group = key_.text();
  const Duration matching = network_.loop().now() - began;
  move_on(time, group);
  if (group) {
    auto reduced = co_await reduce(*group, vector);
    reduced.grid = report.grid;
    reduced.group = std::move(report.group);
    report = std::move(reduced);
  }
  report.matching = matching;
  report.ended = network_.loop().this_instant();
  if (observer_) observer_->round_ended(report, vector);
  co_return report;
}

Task<RoundReport> Averager::reduce(Group group, WeightedVector& vector) {
  const RoundLimits limits = all_reduce_.limits(group, vector.values.size());
  auto report = co_await all_reduce_.reduce(std::move(group), vector, limits);
  report.deadline = limits.round;
  // One that failed lasted until its deadline, and says nothing about lines.
  const bool averaged = report.outcome == RoundOutcome::averaged;
  if (averaged) patience_.saw_reduction(report.reducing, vector_bytes_);
  co_return report;
}

Task<std::optional<Group>> Averager::find_group(RoundTime time) {
  // Without a link to anybody there is nobody to wait for; a newcomer dials first and comes to the
  // next round.
  if (!anybody_there()) co_return std::nullopt;
  const bool hosted = co_await find_host(time);
  if (!hosted) patience_.saw_guests();  // this peer is one, where others have room
  if (!hosted) co_return std::nullopt;
  presence_ = claims_.release();
  if (guests_are_there(time)) patience_.saw_guests();
  const Search search = search_for(time);
  TaskGroup guides(network_.loop());
  guides.spawn(guide());
  auto group = co_await matchmaking_.find_group(search);
  co_return group;
}

// Where nobody accepts connections, nobody can ask anybody for a group: this peer waits, or goes on
// to another key (claims.hpp).
Task<bool> Averager::find_host(RoundTime time) {
  if (accepts()) co_return true;
  Event over(network_.loop());
  TaskGroup waits(network_.loop());
  host_until_ = network_.loop().now() + patience_left(time.round);
  waits.spawn(tell_when_hosted(over));
  waits.spawn(tell_of_newer_step(over, host_until_));
  co_await over.wait_until(host_until_);
  co_return claims_.hosted().is_set();
}

Duration Averager::patience_left(std::uint32_t round) const {
  const Duration since = network_.loop().now() - step_began_;
  return std::max(patience_.until_end_of(round) - since, patience_.share());
}

Task<> Averager::tell_when_hosted(Event& over) {
  co_await claims_.hosted().wait();  // no deadline: cancelled by whoever waits for `over`
  over.set();
}

Task<> Averager::tell_of_newer_step(Event& over, Time until) {
  co_await matchmaking_.await_newer_step(clock_, until);
  over.set();
}

Search Averager::search_for(RoundTime time) const {
  Search search;
  search.key = presence_->key();
  search.time = time;
  search.group_size = shape_->grid.side();
  search.oldest_digit = claims_.key().oldest_digit();
  search.guests_expected = patience_.expects_guests();
  search.bandwidth = static_cast<std::uint64_t>(all_reduce_.bandwidth());
  const Duration since = network_.loop().now() - step_began_;
  search.patience = patience_left(time.round);
  search.grace = patience_.grace_in(time.round, since, network_.usual_round_trip());
  search.courtesy = patience_.courtesy(network_.usual_round_trip());
  return search;
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
    if (claim_kind(record) == ClaimKind::withdrawn) {
      matchmaking_.left(presence_->key(), peer);
    } else {
      matchmaking_.suggest(presence_->key(), record.publisher);
    }
  }
  if (presence_->informed()) matchmaking_.informed(presence_->key());
}

// The digits advance only if a group was assembled; a peer that stays alone redraws now and then
// (grid_key.hpp).
void Averager::move_on(RoundTime time, const std::optional<Group>& group) {
  note_group(time, group);
  refuge_ = group ? refuge_after(*group) : std::nullopt;
  presence_.reset();
  key_ = group ? key_.advanced(group->digits[group->self])
               : key_.stayed_alone(network_.loop().random());
  if (time.round + 1 < rounds_) {
    stand(RoundTime{time.step, time.round + 1}, key_);
  } else {
    claim_on_coming_shape();
  }
}

// Somebody of this group who accepts connections is there in the next round.
std::optional<GridKey> Averager::refuge_after(const Group& group) const {
  for (std::size_t i = 0; i < group.size(); ++i) {
    const bool accepts = !group.members[i].addresses.empty();
    if (accepts && i != group.self) return key_.advanced(group.digits[i]);
  }
  return std::nullopt;
}

// Whether more stand under the key of this round than the group has places, and not all can lead.
// Or whether somebody has left another key for this one: after the first round nobody else does.
bool Averager::guests_are_there(RoundTime time) const {
  if (!presence_) return false;
  std::size_t peers = 1;
  bool all_accept = accepts();
  bool came_from_elsewhere = false;
  for (const auto& [peer, record] : presence_->others()) {
    const auto kind = claim_kind(record);
    if (kind == ClaimKind::withdrawn) continue;
    ++peers;
    all_accept = all_accept && !record.publisher.addresses.empty();
    came_from_elsewhere = came_from_elsewhere || kind == ClaimKind::newcomer;
  }
  const bool left_another_key = time.round > 0 && came_from_elsewhere;
  return !all_accept && (left_another_key || peers > shape_->grid.side());
}

void Averager::note_group(RoundTime time, const std::optional<Group>& group) {
  saw_hole_ = saw_hole_ || !group || group->size() != shape_->grid.side();
  if (guests_are_there(time)) patience_.saw_guests();
  members_met_ += group ? group->size() : 1;
  if (time.round > 0) return;
  if (group) {
    patience_.saw_first_round(group->spread, network_.usual_round_trip());
  } else {
    patience_.saw_nobody(network_.usual_round_trip());
  }
  surveyor_.first_round(time.step, group ? &*group : nullptr, Roll::lives(step_interval_));
}

void Averager::learn_clock(std::uint64_t step) {
  clock_ = std::max(clock_, step);
  matchmaking_.learn_clock(clock_);
}

std::string Averager::place() const {
  if (under_way_) return key_.text();
  return newcomer_ && !is_placed() ? "" : claims_.key().text();
}

std::string Averager::explain() const {
  if (!under_way_) return "nothing: no averaging step is under way";
  const Time now = network_.loop().now();
  if (presence_ || accepts() || now >= host_until_) return matchmaking_.explain();
  return fmt::format(
      "waiting for a peer that accepts connections, because this one does not: nobody under {} "
      "does; {:.1f} s more at most",
      claims_.key().text(), seconds(host_until_ - now));
}

}  // namespace moshpit
