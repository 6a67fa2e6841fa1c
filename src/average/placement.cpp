#include "average/placement.hpp"

#include <algorithm>
#include <numeric>
#include <span>
#include <tuple>

namespace moshpit {
namespace {

// A newcomer looks at this many cells at most: on a larger grid any of them will do.
constexpr std::uint64_t cells_tried = 1024;

bool stands(const Claim& claim) { return claim.kind != ClaimKind::withdrawn; }
bool is_host(const Claim& claim) { return stands(claim) && claim.accepts; }
bool is_guest(const Claim& claim) { return stands(claim) && !claim.accepts; }
bool is_resident(const Claim& claim) { return claim.kind == ClaimKind::resident; }
bool is_newcomer(const Claim& claim) { return claim.kind == ClaimKind::newcomer; }

template <class Predicate>
std::uint32_t count(const Claims& claims, Predicate predicate) {
  const auto counts = [&](const auto& entry) { return predicate(entry.first, entry.second); };
  return static_cast<std::uint32_t>(std::ranges::count_if(claims, counts));
}

Digest preference(std::uint64_t cell, const PeerId& peer) {
  return Hasher().add(cell).add(peer.bytes).digest();
}

std::uint32_t count_standing(const Claims& claims) {
  return count(claims, [](const PeerId&, const Claim& claim) { return stands(claim); });
}

std::uint32_t count_residents(const Claims& claims) {
  return count(claims, [](const PeerId&, const Claim& claim) { return is_resident(claim); });
}

}  // namespace

bool has_host(const Claims& claims) {
  return count(claims, [](const PeerId&, const Claim& claim) { return is_host(claim); }) > 0;
}

void keep_agreement(const Claims& agreed, Claims& claims) {
  for (auto& [peer, claim] : claims) {
    const auto known = agreed.find(peer);
    const bool chose = known != agreed.end() && is_newcomer(known->second);
    if (chose && is_resident(claim)) claim.kind = ClaimKind::newcomer;
  }
}

Placement::Placement(const Grid& grid, const PeerId& self, bool accepts, Random& random)
    : side_(grid.side()), self_(self), accepts_(accepts) {
  const std::uint64_t cells = grid.places() / grid.side();
  if (cells <= cells_tried) {
    order_.resize(cells);
    std::iota(order_.begin(), order_.end(), 0);
    random.shuffle(std::span(order_));
    return;
  }
  for (std::uint64_t i = 0; i < cells_tried; ++i) order_.push_back(random.below(cells));
}

// Among those who came by their digits, who accepts connections comes first: the others could do
// nothing without it.
bool may_stay(const DirectoryKey& cell, std::uint32_t room, const PeerId& self, const Claim& mine,
              const Claims& others) {
  if (count_standing(others) < room) return true;  // whoever comes before whom
  const auto order = [&cell](const PeerId& peer, const Claim& claim) {
    const Digest rank = Hasher().add(cell.bytes).add(peer.bytes).digest();
    return std::tuple(!is_resident(claim), !claim.accepts, rank);
  };
  const auto me = order(self, mine);
  const auto comes_before_me = [&](const PeerId& peer, const Claim& claim) {
    return stands(claim) && order(peer, claim) < me;
  };
  return count(others, comes_before_me) < room;
}

bool Placement::keeps(const Claims& others, bool calm) const {
  return has_tried_all() || keeps_in(cell(), others, calm);
}

bool Placement::keeps_in(std::uint64_t cell, const Claims& others, bool calm) const {
  return accepts_ ? keeps_host(cell, others) : keeps_guest(cell, others, calm);
}

// Among peers who accept none, a second one that does is of more use in another cell.
bool Placement::keeps_host(std::uint64_t cell, const Claims& others) const {
  const auto guest = [](const PeerId&, const Claim& claim) { return is_guest(claim); };
  const bool guests = count(others, guest) > 0;
  // With room for all there is nobody to compare with.
  if (!guests && count_standing(others) < side_) return true;
  const Digest mine = preference(cell, self_);
  const auto is_better_host = [&](const PeerId& peer, const Claim& claim) {
    return is_host(claim) && (is_resident(claim) || preference(cell, peer) < mine);
  };
  const auto comes_before_me = [&](const PeerId& peer, const Claim& claim) {
    return is_resident(claim) || is_guest(claim) || is_better_host(peer, claim);
  };
  const bool first = count(others, is_better_host) == 0;
  if (first) return count_residents(others) < most_in_group(side_);
  const bool wanted_elsewhere = turns_ == 0 && guests;
  return !wanted_elsewhere && count(others, comes_before_me) < side_;
}

// One place is kept for somebody who accepts connections, whether it has come or not.
bool Placement::keeps_guest(std::uint64_t cell, const Claims& others, bool calm) const {
  const Digest mine = preference(cell, self_);
  const auto comes_before_me = [&](const PeerId& peer, const Claim& claim) {
    return is_resident(claim) ||
           (is_newcomer(claim) && is_guest(claim) && preference(cell, peer) < mine);
  };
  const auto resident_host = [](const PeerId&, const Claim& claim) {
    return is_resident(claim) && is_host(claim);
  };
  if (calm && !has_host(others)) return false;
  const std::uint32_t kept = count(others, resident_host) > 0 ? 0 : 1;
  const std::uint32_t room = turns_ == 0 ? side_ : most_in_group(side_);
  return count(others, comes_before_me) + kept < room;
}

std::vector<std::uint64_t> Placement::coming(std::size_t limit) const {
  if (turns_ > 0) return {};
  const auto first = order_.begin() + static_cast<std::ptrdiff_t>(position_) + 1;
  const auto left = static_cast<std::size_t>(order_.end() - first);
  return {first, first + static_cast<std::ptrdiff_t>(std::min(limit, left))};
}

bool Placement::has_room(std::uint64_t cell, const Claims& claims) const {
  return count_standing(claims) < side_ && keeps_in(cell, claims, false);
}

bool Placement::pass_over_full(const std::vector<Claims>& claims) {
  const auto first = order_.begin() + static_cast<std::ptrdiff_t>(position_) + 1;
  std::ptrdiff_t full = 0;
  for (const Claims& in_cell : claims) {
    if (has_room(first[full], in_cell)) break;
    ++full;
  }
  std::rotate(first, first + full, order_.end());
  return full < std::ssize(claims);
}

}  // namespace moshpit
