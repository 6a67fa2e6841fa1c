#include "average/claims.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// As long as the claim that it replaces (directory/watches.cpp).
constexpr Duration withdrawal_lives = 50s;
// Among peers that come at the same moment a claim may lie where nobody looks, and is only found
// when it is renewed half a second later (directory/watches.cpp); and those who were turned down
// elsewhere are still on their way. Each of them looks at some cells, claims one and is turned down
// in some ten round trips. A cell where nothing happened for so long is quiet.
constexpr Duration quiet_at_least = 1500ms;
constexpr int quiet_round_trips = 10;
// Whoever was turned down looks at so many cells at once, and at twice as many each time that all
// of them are full.
constexpr std::size_t cells_looked_at = 4;
// A newcomer that accepts no connections waits so long for somebody in its cell who does. The peers
// of a run begin at different moments.
constexpr Duration before_hosts_come = 2s;

void note_claim(const Record& record, Claims& claims) {
  const bool accepts = !record.publisher.addresses.empty();
  if (const auto kind = claim_kind(record)) claims[record.publisher.id] = {*kind, accepts};
}

}  // namespace

Bytes claim_value(ClaimKind kind) { return {static_cast<std::byte>(kind)}; }

std::optional<ClaimKind> claim_kind(const Record& record) {
  if (record.value.size() != 1 || record.value[0] > std::byte{2}) return std::nullopt;
  return static_cast<ClaimKind>(record.value[0]);
}

ClaimBoard::ClaimBoard(Network& network, Directory& directory, RunId run, Grid grid)
    : network_(network),
      directory_(directory),
      run_(run),
      key_(GridKey::at_place(grid, 0)),
      settled_(network.loop()),
      hosted_(network.loop()),
      withdrawals_(network.loop()),
      tasks_(network.loop()) {}

void ClaimBoard::claim_for(std::uint64_t step, const Grid& grid) {
  give_up_claim();
  tasks_.spawn(find_cell(RoundTime{step, 0}, grid, begin_search(grid), before_hosts_come));
}

void ClaimBoard::keep(RoundTime time, const Grid& grid, GridKey key, Stay stay) {
  give_up_claim();
  key_ = std::move(key);
  settled_.set();
  stand(time, ClaimKind::resident);
  tasks_.spawn(keep_cell(time, grid, std::move(stay)));
}

std::unique_ptr<Presence> ClaimBoard::release() {
  tasks_.cancel();
  return std::move(presence_);
}

void ClaimBoard::give_up_claim() {
  tasks_.cancel();
  guest_ = false;
  if (presence_) leave_cell();
}

Placement ClaimBoard::begin_search(const Grid& grid) {
  Placement placement(grid, network_.id(), accepts(), network_.loop().random());
  key_ = GridKey::at_place(grid, placement.cell());
  return placement;
}

void ClaimBoard::stand(RoundTime time, ClaimKind kind) {
  const DirectoryKey cell = key_.directory_key(run_, time);
  presence_ = std::make_unique<Presence>(network_.loop(), directory_, cell, claim_value(kind));
  if (accepts()) hosted_.set();
}

// What others claim here.
Claims ClaimBoard::look_around() {
  Claims claims;
  for (const auto& [peer, record] : presence_->others()) note_claim(record, claims);
  accepts() || has_host(claims) ? hosted_.set() : hosted_.reset();
  return claims;
}

Task<> ClaimBoard::keep_cell(RoundTime time, Grid grid, Stay stay) {
  co_await stay_in_cell(stay, ClaimKind::resident);
  guest_ = !hosted_.is_set();
  leave_cell();
  if (guest_ && stay.refuge) {
    key_ = *stay.refuge;
    stay.room = most_in_group(grid.side());
    stand(time, ClaimKind::newcomer);
    co_await stay_in_cell(stay, ClaimKind::newcomer);
    leave_cell();
  }
  Placement placement = begin_search(grid);
  co_await find_cell(time, grid, std::move(placement), stay.calm);
}

// Returns when this peer must go.
Task<> ClaimBoard::stay_in_cell(const Stay& stay, ClaimKind kind) {
  const Claim mine{kind, accepts()};
  Event& news = presence_->news();
  const Time calm = network_.loop().now() + stay.calm;
  while (true) {
    const Claims claims = look_around();
    const bool room = may_stay(presence_->key(), stay.room, network_.id(), mine, claims);
    const bool waits = !hosted_.is_set();
    const bool in_vain = presence_->informed() && network_.loop().now() >= calm;
    if (!room || (waits && in_vain)) co_return;
    news.reset();
    const Time until = waits && presence_->informed() ? calm : Time::max();
    co_await news.wait_until(until);  // without a deadline: ends when the round begins
  }
}

Task<> ClaimBoard::find_cell(RoundTime time, Grid grid, Placement placement, Duration calm) {
  while (true) {
    stand(time, ClaimKind::newcomer);
    co_await hold_cell(placement, calm);
    settled_.reset();
    co_await look_ahead(time, grid, placement);
    leave_cell();
    placement.next();
    key_ = GridKey::at_place(grid, placement.cell());
  }
}

// So that the next cell has a free place, if any has.
Task<> ClaimBoard::look_ahead(RoundTime time, const Grid& grid, Placement& placement) {
  const std::size_t left = placement.coming(grid.places()).size();
  std::size_t looked_at = 0;
  for (std::size_t ahead = cells_looked_at; looked_at < left; ahead *= 2) {
    const auto cells = placement.coming(std::min(ahead, left - looked_at));
    std::vector<Claims> claims(cells.size());
    TaskGroup readers(network_.loop());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const GridKey key = GridKey::at_place(grid, cells[i]);
      readers.spawn(read(key.directory_key(run_, time), claims[i]));
    }
    co_await readers.join();  // every look-up ends by its own deadlines
    if (placement.pass_over_full(claims)) co_return;
    looked_at += cells.size();
  }
}

Task<> ClaimBoard::read(DirectoryKey cell, Claims& claims) {
  const auto records = co_await directory_.glance(cell);
  for (const Record& record : records) note_claim(record, claims);
}

// Returns when the cell turned this peer down.
Task<> ClaimBoard::hold_cell(const Placement& placement, Duration calm) {
  Event& news = presence_->news();
  Loop& loop = network_.loop();
  const Time hosts_come = loop.now() + calm;
  Claims agreed;
  while (true) {
    Claims claims = look_around();
    keep_agreement(agreed, claims);
    const bool late = presence_->informed() && loop.now() >= hosts_come;
    if (!placement.keeps(claims, late)) co_return;
    news.reset();
    const bool at_rest = hosted_.is_set() || placement.has_tried_all();
    Time until = Time::max();
    const bool agrees = presence_->informed() && !settled_.is_set();
    if (agrees && at_rest) until = loop.now() + quiet();
    if (agrees && !at_rest && !late) until = hosts_come;
    const bool contested = co_await news.wait_until(until);
    if (contested || !at_rest) continue;
    settled_.set();
    agreed = std::move(claims);
  }
}

Duration ClaimBoard::quiet() const {
  return quiet_at_least + quiet_round_trips * network_.usual_round_trip();
}

void ClaimBoard::leave_cell() {
  settled_.reset();
  hosted_.reset();
  const DirectoryKey cell = presence_->key();
  presence_.reset();
  withdrawals_.spawn(withdraw(cell));
}

Task<> ClaimBoard::withdraw(DirectoryKey cell) {
  Bytes value = claim_value(ClaimKind::withdrawn);
  co_await directory_.publish(cell, std::move(value), withdrawal_lives);
}

}  // namespace moshpit
