#include "average/claims.hpp"

#include <utility>

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// As long as the claim that it replaces.
constexpr Duration withdrawal_lives = 20s;
// Among peers that come at the same moment a claim may lie where nobody looks, and is only found
// when it is renewed half a second later (directory/watches.cpp): until then its cell is not quiet.
constexpr Duration quiet = 1s;

Claims claims_in(const Presence& presence) {
  Claims claims;
  for (const auto& [peer, record] : presence.others()) {
    if (const auto kind = claim_kind(record)) claims[peer] = *kind;
  }
  return claims;
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
      withdrawals_(network.loop()),
      tasks_(network.loop()) {}

void ClaimBoard::claim_for(std::uint64_t step, const Grid& grid) {
  give_up_claim();
  tasks_.spawn(find_cell(step, grid, begin_search(grid)));
}

void ClaimBoard::take(std::uint64_t step, GridKey key) {
  give_up_claim();
  key_ = std::move(key);
  settled_.set();
  stand(step, ClaimKind::resident);
}

void ClaimBoard::keep(std::uint64_t step, const Grid& grid, GridKey key) {
  take(step, std::move(key));
  tasks_.spawn(keep_cell(step, grid));
}

std::unique_ptr<Presence> ClaimBoard::release() {
  tasks_.cancel();
  return std::move(presence_);
}

void ClaimBoard::give_up_claim() {
  tasks_.cancel();
  settled_.reset();
  if (presence_) leave_cell();
}

Placement ClaimBoard::begin_search(const Grid& grid) {
  Placement placement(grid, network_.id(), network_.loop().random());
  key_ = GridKey::at_place(grid, placement.cell());
  return placement;
}

void ClaimBoard::stand(std::uint64_t step, ClaimKind kind) {
  const DirectoryKey cell = key_.directory_key(run_, RoundTime{step, 0});
  presence_ = std::make_unique<Presence>(network_.loop(), directory_, cell, claim_value(kind));
}

Task<> ClaimBoard::keep_cell(std::uint64_t step, Grid grid) {
  Event& news = presence_->news();
  while (keeps_residence(presence_->key(), grid.side(), network_.id(), claims_in(*presence_))) {
    news.reset();
    co_await news.wait();  // no deadline: ends when the step begins
  }
  leave_cell();
  Placement placement = begin_search(grid);
  co_await find_cell(step, grid, std::move(placement));
}

Task<> ClaimBoard::find_cell(std::uint64_t step, Grid grid, Placement placement) {
  while (true) {
    stand(step, ClaimKind::newcomer);
    co_await hold_cell(placement);
    leave_cell();
    placement.next();
    key_ = GridKey::at_place(grid, placement.cell());
  }
}

// Returns when the cell turned this peer down.
Task<> ClaimBoard::hold_cell(const Placement& placement) {
  Event& news = presence_->news();
  while (placement.keeps(claims_in(*presence_))) {
    news.reset();
    const bool still = settled_.is_set() || !presence_->informed();
    const Time calm = still ? Time::max() : network_.loop().now() + quiet;
    const bool contested = co_await news.wait_until(calm);
    if (!contested) settled_.set();
  }
}

void ClaimBoard::leave_cell() {
  settled_.reset();
  const DirectoryKey cell = presence_->key();
  presence_.reset();
  withdrawals_.spawn(withdraw(cell));
}

Task<> ClaimBoard::withdraw(DirectoryKey cell) {
  Bytes value = claim_value(ClaimKind::withdrawn);
  co_await directory_.announce(cell, std::move(value), withdrawal_lives);
}

}  // namespace moshpit
