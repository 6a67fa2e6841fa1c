// Placement: newcomers who fill a grid find M in every cell, in whatever order their claims become
// known.
#include "average/placement.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <numeric>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

#include "base/hash.hpp"

namespace moshpit {
namespace {

PeerId peer_id(std::uint64_t seed, std::uint64_t index) {
  return PeerId{Hasher().add(seed).add(index).digest()};
}

// Claims as a board that everybody can read; one newcomer at a time looks at it.
class Crowd {
 public:
  // The last `guests` of the newcomers accept no connections.
  Crowd(Grid grid, std::uint64_t seed, std::uint64_t newcomers, std::uint64_t guests = 0)
      : grid_(grid) {
    Random random(seed);
    for (std::uint64_t i = 0; i < newcomers; ++i) {
      ids_.push_back(peer_id(seed, i));
      accepts_.push_back(i + guests < newcomers);
      placements_.emplace_back(grid, ids_.back(), accepts_.back(), random);
      board_[placements_.back().cell()][ids_.back()] = {ClaimKind::newcomer, accepts_.back()};
    }
  }

  void add_resident(std::uint64_t cell, PeerId peer) {
    board_[cell][peer] = {ClaimKind::resident, true};
  }

  // It looks at the others' claims on its cell, and moves on if it is turned down. True if it did.
  bool look(std::size_t newcomer) {
    Placement& placement = placements_[newcomer];
    Claims& claims = board_[placement.cell()];
    Claims others = claims;
    others.erase(ids_[newcomer]);
    if (placement.keeps(others, false)) return false;
    claims[ids_[newcomer]] = {ClaimKind::withdrawn, accepts_[newcomer]};
    if (looks_ahead_) look_ahead(placement);
    placement.next();
    ++moves_;
    board_[placement.cell()][ids_[newcomer]] = {ClaimKind::newcomer, accepts_[newcomer]};
    return true;
  }

  // From now on whoever is turned down passes over the cells that are full.
  void looks_ahead() { looks_ahead_ = true; }
  std::size_t moves() const { return moves_; }

  // In this order, again and again, until nobody moves. False if it goes on for ever.
  bool settle(std::span<const std::size_t> order) {
    for (std::size_t turn = 0; turn < 10 * grid_.places(); ++turn) {
      bool moved = false;
      for (std::size_t newcomer : order) moved = look(newcomer) || moved;
      if (!moved) return true;
    }
    return false;
  }

  // How many hold each cell.
  std::vector<std::size_t> held() const {
    std::vector<std::size_t> counts(grid_.places() / grid_.side(), 0);
    for (const auto& [cell, claims] : board_) {
      for (const auto& [peer, claim] : claims) {
        counts[cell] += claim.kind != ClaimKind::withdrawn;
      }
    }
    return counts;
  }

  // In how many cells somebody accepts connections.
  std::uint64_t hosted() const {
    return static_cast<std::uint64_t>(
        std::ranges::count_if(board_, [](const auto& cell) { return has_host(cell.second); }));
  }

  // Which cell each newcomer has.
  std::vector<std::uint64_t> cells() const {
    std::vector<std::uint64_t> cells;
    for (const Placement& placement : placements_) cells.push_back(placement.cell());
    return cells;
  }

 private:
  void look_ahead(Placement& placement) {
    std::vector<Claims> claims;
    for (std::uint64_t cell : placement.coming(grid_.places())) claims.push_back(board_[cell]);
    placement.pass_over_full(claims);
  }

  Grid grid_;
  std::vector<PeerId> ids_;
  std::vector<bool> accepts_;
  std::vector<Placement> placements_;
  std::map<std::uint64_t, Claims> board_;
  bool looks_ahead_ = false;
  std::size_t moves_ = 0;
};

Grid grid_of(std::uint32_t side, std::uint32_t dimensions) {
  return *Grid::create(side, dimensions);
}

TEST(Placement, AllOrdersFillSmallGridsWithTheSideInEveryCell) {
  for (const Grid grid : {grid_of(2, 2), grid_of(6, 1), grid_of(3, 2)}) {
    const auto peers = static_cast<std::size_t>(std::min<std::uint64_t>(grid.places(), 6));
    std::vector<std::size_t> order(peers);
    for (std::size_t i = 0; i < peers; ++i) order[i] = i;
    std::optional<std::vector<std::uint64_t>> first;
    do {
      Crowd crowd(grid, 7, peers);
      ASSERT_TRUE(crowd.settle(order));
      for (std::size_t held : crowd.held()) EXPECT_LE(held, grid.side());
      if (peers == grid.places()) {
        for (std::size_t held : crowd.held()) EXPECT_EQ(held, grid.side());
      }
      if (!first) first = crowd.cells();
      EXPECT_EQ(crowd.cells(), *first) << "the order decides who gets which cell";
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST(Placement, RandomOrdersFillLargerGrids) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Random random(seed);
    for (const auto& [side, dimensions] : {std::tuple(3, 2), std::tuple(2, 3), std::tuple(4, 3)}) {
      const Grid grid = grid_of(side, dimensions);
      Crowd crowd(grid, seed, grid.places());
      std::vector<std::size_t> order;
      for (std::size_t i = 0; i < grid.places(); ++i) order.push_back(i);
      random.shuffle(std::span(order));
      ASSERT_TRUE(crowd.settle(order));
      for (std::size_t held : crowd.held()) EXPECT_EQ(held, grid.side());
    }
  }
}

TEST(Placement, FullCellsArePutBehindAllOthers) {
  Random random(1);
  Placement newcomer(grid_of(2, 3), peer_id(1, 1), true, random);
  const auto coming = newcomer.coming(3);
  ASSERT_EQ(coming.size(), 3u);
  const Claims full = {{peer_id(2, 1), {ClaimKind::resident, true}},
                       {peer_id(2, 2), {ClaimKind::resident, true}}};
  const Claims gone = {{peer_id(2, 1), {ClaimKind::resident, true}},
                       {peer_id(2, 2), {ClaimKind::withdrawn, true}}};
  EXPECT_TRUE(newcomer.pass_over_full({full, gone, full}));
  EXPECT_EQ(newcomer.coming(3), (std::vector{coming[1], coming[2], coming[0]}));
  EXPECT_FALSE(newcomer.pass_over_full({full, full}));
  EXPECT_EQ(newcomer.coming(3), (std::vector{coming[0], coming[1], coming[2]}));
  newcomer.next();
  EXPECT_EQ(newcomer.cell(), coming[0]);
}

// The last newcomers would have to hit upon the last free place by chance.
TEST(Placement, WhoLooksAheadFillsTheGridInFewMoves) {
  const Grid grid = grid_of(4, 4);
  std::size_t moves_of_the_blind = 0;
  std::size_t moves_of_the_looking = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    std::vector<std::size_t> order(grid.places());
    std::iota(order.begin(), order.end(), 0);
    Crowd blind(grid, seed, grid.places());
    Crowd looking(grid, seed, grid.places());
    looking.looks_ahead();
    ASSERT_TRUE(blind.settle(order));
    ASSERT_TRUE(looking.settle(order));
    for (std::size_t held : looking.held()) EXPECT_EQ(held, grid.side());
    moves_of_the_blind += blind.moves();
    moves_of_the_looking += looking.moves();
  }
  EXPECT_LT(3 * moves_of_the_looking, moves_of_the_blind);
}

// They begin their first step one after the other, and are residents from then on.
TEST(Placement, NobodyIsTurnedDownBecauseTheOthersBegin) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    const Placement host(grid_of(4, 2), peer_id(seed, 0), true, random);
    const Placement guest(grid_of(4, 2), peer_id(seed, 1), false, random);
    Claims with_guests;
    for (std::uint64_t i = 1; i <= 5; ++i) {
      with_guests[peer_id(seed, i)] = {ClaimKind::newcomer, false};
    }
    Claims others = with_guests;
    others.erase(peer_id(seed, 1));
    others[peer_id(seed, 0)] = {ClaimKind::newcomer, true};
    const bool kept = guest.keeps(others, true);

    Claims begun = others;
    for (auto& [peer, claim] : begun) claim.kind = ClaimKind::resident;
    keep_agreement(others, begun);
    EXPECT_EQ(guest.keeps(begun, true), kept);
    for (auto& [peer, claim] : with_guests) claim.kind = ClaimKind::resident;
    EXPECT_TRUE(host.keeps(with_guests, true)) << "nobody else can lead them";
  }
}

TEST(Placement, WhoCameAfterTheAgreementIsAResident) {
  const PeerId early = peer_id(1, 1);
  const PeerId late = peer_id(1, 2);
  Claims claims = {{early, {ClaimKind::resident, true}}, {late, {ClaimKind::resident, true}}};
  keep_agreement({{early, {ClaimKind::newcomer, true}}}, claims);
  EXPECT_EQ(claims[early].kind, ClaimKind::newcomer);
  EXPECT_EQ(claims[late].kind, ClaimKind::resident);
}

TEST(Placement, SomebodyInEveryCellOfAFullGridAcceptsConnections) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Random random(seed);
    const Grid grid = grid_of(4, 3);
    const std::uint64_t hosts = 16 + seed % 8;
    Crowd crowd(grid, seed, grid.places(), grid.places() - hosts);
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < grid.places(); ++i) order.push_back(i);
    random.shuffle(std::span(order));
    ASSERT_TRUE(crowd.settle(order));
    for (std::size_t held : crowd.held()) EXPECT_EQ(held, grid.side());
    EXPECT_EQ(crowd.hosted(), 16u) << "with " << hosts << " who accept connections";
  }
}

TEST(Placement, OnAGridWithHolesWhoAcceptsConnectionsGoesWhereNobodyDoes) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const Grid grid = grid_of(8, 2);
    Crowd crowd(grid, seed, 56, 48);
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < 56; ++i) order.push_back(i);
    ASSERT_TRUE(crowd.settle(order));
    EXPECT_EQ(crowd.hosted(), 8u);
  }
}

TEST(Placement, AGuestLeavesACellWhereNobodyWhoAcceptsConnectionsComes) {
  Random random(1);
  Placement guest(grid_of(3, 2), peer_id(1, 1), false, random);
  const Claims nobody;
  const Claims host = {{peer_id(1, 2), {ClaimKind::resident, true}}};
  EXPECT_TRUE(guest.keeps(nobody, false));
  EXPECT_FALSE(guest.keeps(nobody, true));
  EXPECT_TRUE(guest.keeps(host, true));
}

TEST(Placement, NewcomersLeaveTheirPlacesToThoseWhoAreThereAlready) {
  const Grid grid = grid_of(2, 2);
  Crowd crowd(grid, 3, 2);
  crowd.add_resident(0, peer_id(99, 0));
  crowd.add_resident(0, peer_id(99, 1));
  const std::vector<std::size_t> order = {0, 1};
  ASSERT_TRUE(crowd.settle(order));
  EXPECT_EQ(crowd.cells(), (std::vector<std::uint64_t>{1, 1}));
}

TEST(Placement, OfTooManyResidentsTheSideStays) {
  const Grid grid = grid_of(3, 2);
  const DirectoryKey cell{Hasher().add(std::uint64_t{7}).digest()};
  for (std::uint64_t residents : {2, 3, 5}) {
    std::uint64_t staying = 0;
    for (std::uint64_t self = 0; self < residents; ++self) {
      Claims others = {{peer_id(1, 90), {ClaimKind::newcomer, true}},
                       {peer_id(1, 91), {ClaimKind::withdrawn, true}}};
      for (std::uint64_t i = 0; i < residents; ++i) {
        if (i != self) others[peer_id(0, i)] = {ClaimKind::resident, true};
      }
      staying += may_stay(cell, grid.side(), peer_id(0, self), {ClaimKind::resident, true}, others)
                     ? 1
                     : 0;
    }
    EXPECT_EQ(staying, std::min<std::uint64_t>(residents, grid.side()));
  }
}

TEST(Placement, MorePeersThanPlacesComeToRest) {
  for (std::uint64_t peers : {3, 7, 11}) {
    const Grid grid = grid_of(2, peers == 3 ? 1 : 2);
    Crowd crowd(grid, 5, peers);
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < peers; ++i) order.push_back(i);
    ASSERT_TRUE(crowd.settle(order));
    for (std::size_t held : crowd.held()) EXPECT_GE(held, grid.side());
  }
}

}  // namespace
}  // namespace moshpit
