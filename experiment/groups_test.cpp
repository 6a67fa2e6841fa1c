#include "experiment/groups.hpp"

#include <gtest/gtest.h>

namespace moshpit {
namespace {

using Lists = std::vector<std::vector<PeerIndex>>;

TEST(Groups, AverageTouchesItsMembersOnly) {
  Values values{1, 2, 6, 9};
  average(std::vector<PeerIndex>{0, 2, 1}, values);
  EXPECT_EQ(values, (Values{3, 3, 3, 9}));
  average(std::vector<PeerIndex>{}, values);
  EXPECT_EQ(values, (Values{3, 3, 3, 9}));
}

TEST(Groups, ErrorIsTheMeanOfTheSquares) {
  EXPECT_EQ(mean_of({1, 2, 6}), 3.0);
  EXPECT_EQ(mean_squared_error({1, 2, 6}, 3), 14.0 / 3);
}

TEST(Groups, PiecesAreAsLargeAsAskedForAndTheLastOneSmaller) {
  auto peers = all_peers(7);
  Lists pieces;
  for_each_piece(peers, 3, [&](auto piece) { pieces.emplace_back(piece.begin(), piece.end()); });
  EXPECT_EQ(pieces, (Lists{{0, 1, 2}, {3, 4, 5}, {6}}));
}

TEST(Groups, CellsHoldPeersOfEqualLabels) {
  Cells cells;
  for (int twice = 0; twice < 2; ++twice) {  // its memory is reused
    cells.sort(std::vector<std::uint32_t>{4294967295u, 0, 7, 0, 7, 0});
    Lists lists;
    cells.for_each([&](auto cell) { lists.emplace_back(cell.begin(), cell.end()); });
    EXPECT_EQ(lists, (Lists{{1, 3, 5}, {2, 4}, {0}}));
  }
}

}  // namespace
}  // namespace moshpit
