#include "average/claims.hpp"

#include <string>
#include <utility>

#include "base/assert.hpp"
#include "base/hash.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// A claim speaks of one step; if that step does not begin by then, the run has other worries.
constexpr Duration claim_lives = 10min;
// Claims that were made at the same time have met after a few look-ups.
constexpr Duration quiet = 300ms;

Bytes claim_value(ClaimKind kind) { return {static_cast<std::byte>(kind)}; }

void note(Claims& claims, const Record& record) {
  const bool known = record.value.size() == 1 && record.value[0] <= std::byte{2};
  if (known) claims[record.publisher.id] = static_cast<ClaimKind>(record.value[0]);
}

}  // namespace

ClaimBoard::ClaimBoard(Network& network, Directory& directory, RunId run, Grid grid)
    : network_(network),
      directory_(directory),
      run_(run),
      grid_(grid),
      placement_(grid, network.id(), network.loop().random()),
      key_(GridKey::at_place(grid, placement_.cell())),
      settled_(network.loop()),
      tasks_(network.loop()) {}

void ClaimBoard::claim_for(std::uint64_t step) {
  stop();
  tasks_.spawn(find_cell(step));
}

void ClaimBoard::take(std::uint64_t step, GridKey key) {
  stop();
  key_ = std::move(key);
  settled_.set();
  tasks_.spawn(announce(cell_key(step), ClaimKind::resident));
}

void ClaimBoard::stop() { tasks_.cancel(); }

Task<> ClaimBoard::find_cell(std::uint64_t step) {
  while (true) {
    key_ = GridKey::at_place(grid_, placement_.cell());
    const DirectoryKey cell = cell_key(step);
    co_await hold_cell(cell);
    settled_.reset();
    co_await announce(cell, ClaimKind::withdrawn);
    placement_.next();
  }
}

// Returns when the cell turned this peer down.
Task<> ClaimBoard::hold_cell(DirectoryKey cell) {
  Claims others;
  const auto watch = directory_.watch(cell);
  Bytes value = claim_value(ClaimKind::newcomer);
  const auto standing = co_await directory_.announce(cell, std::move(value), claim_lives);
  for (const Record& record : standing) note(others, record);
  while (placement_.keeps(others)) {
    const Time calm = network_.loop().now() + quiet;
    auto news = co_await watch->records().receive_until(calm);
    if (!news) {
      settled_.set();
      auto later = co_await watch->records().receive();  // no deadline: it stands until stop()
      MOSHPIT_ASSERT(later);
      news = std::move(later);
    }
    note(others, *news);
  }
}

Task<> ClaimBoard::announce(DirectoryKey cell, ClaimKind kind) {
  Bytes value = claim_value(kind);
  co_await directory_.announce(cell, std::move(value), claim_lives);
}

DirectoryKey ClaimBoard::cell_key(std::uint64_t step) const {
  const std::string name = "claim " + key_.text();
  return DirectoryKey{Hasher().add(run_.bytes).add(as_bytes(name)).add(step).digest()};
}

}  // namespace moshpit
