#include "average/placement.hpp"

#include <algorithm>
#include <numeric>
#include <span>

#include "base/hash.hpp"

namespace moshpit {
namespace {

// A newcomer looks at this many cells at most: on a larger grid any of them will do.
constexpr std::uint64_t cells_tried = 1024;

Digest preference(std::uint64_t cell, const PeerId& peer) {
  return Hasher().add(cell).add(peer.bytes).digest();
}

}  // namespace

Placement::Placement(const Grid& grid, const PeerId& self, Random& random)
    : side_(grid.side()), self_(self) {
  const std::uint64_t cells = grid.places() / grid.side();
  if (cells <= cells_tried) {
    order_.resize(cells);
    std::iota(order_.begin(), order_.end(), 0);
    random.shuffle(std::span(order_));
    return;
  }
  for (std::uint64_t i = 0; i < cells_tried; ++i) order_.push_back(random.below(cells));
}

bool keeps_residence(const DirectoryKey& cell, std::uint32_t side, const PeerId& self,
                     const Claims& others) {
  const auto rank = [&cell](const PeerId& peer) {
    return Hasher().add(cell.bytes).add(peer.bytes).digest();
  };
  const Digest mine = rank(self);
  const auto comes_before_me = [&](const auto& claim) {
    return claim.second == ClaimKind::resident && rank(claim.first) < mine;
  };
  return std::ranges::count_if(others, comes_before_me) < side;
}

bool Placement::keeps(const Claims& others) const {
  if (tried_all_) return true;
  const Digest mine = preference(cell(), self_);
  const auto comes_before_me = [&](const auto& claim) {
    if (claim.second == ClaimKind::resident) return true;
    return claim.second == ClaimKind::newcomer && preference(cell(), claim.first) < mine;
  };
  return std::count_if(others.begin(), others.end(), comes_before_me) < side_;
}

}  // namespace moshpit
