#include "moshpit/grid.hpp"

#include <gtest/gtest.h>

namespace moshpit {
namespace {

TEST(Grid, ReadsAndWritesItsText) {
  for (const char* text : {"3x3", "2x2x2", "8", "256x256", "2x2x2x2x2x2x2x2x2x2"}) {
    const auto grid = Grid::parse(text);
    ASSERT_TRUE(grid) << text;
    EXPECT_EQ(grid->text(), text);
  }
  const auto grid = Grid::parse("2x2x2");
  EXPECT_EQ(grid->side(), 2u);
  EXPECT_EQ(grid->dimensions(), 3u);
  EXPECT_EQ(grid->places(), 8u);
  EXPECT_EQ(Grid().text(), "2x2");
}

TEST(Grid, RefusesWhatIsNoGrid) {
  for (const char* text :
       {"", "x", "3x", "x3", "3xx3", "3x4", "1x1", "0", "257", "-2x-2", "3X3", " 3x3", "3x3 ",
        "99999999999999999999", "256x256x256x256x256", "three"}) {
    const auto grid = Grid::parse(text);
    ASSERT_FALSE(grid) << text;
    EXPECT_EQ(grid.error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(grid.error().message().find('\n'), std::string::npos);
  }
  EXPECT_NE(Grid::parse("3x4").error().message().find("unequal sides"), std::string::npos);
}

TEST(Grid, FitsThePeers) {
  EXPECT_EQ(Grid::fitting(1, 16).text(), "2");
  EXPECT_EQ(Grid::fitting(2, 16).text(), "2");
  EXPECT_EQ(Grid::fitting(16, 16).text(), "16");
  EXPECT_EQ(Grid::fitting(17, 16).text(), "5x5");
  EXPECT_EQ(Grid::fitting(64, 16).text(), "8x8");
  EXPECT_EQ(Grid::fitting(65, 16).text(), "9x9");
  EXPECT_EQ(Grid::fitting(256, 16).text(), "16x16");
  EXPECT_EQ(Grid::fitting(257, 16).text(), "7x7x7");
  EXPECT_EQ(Grid::fitting(1000, 2).text(), "2x2x2x2x2x2x2x2x2x2");
  EXPECT_EQ(Grid::fitting(1000, 256).text(), "32x32");
  EXPECT_EQ(Grid::fitting(std::uint64_t{1} << 31, 2).dimensions(), 31u);
  EXPECT_EQ(Grid::fitting(std::uint64_t{1} << 31, 256).text(), "216x216x216x216");
}

TEST(Grid, IsBounded) {
  EXPECT_TRUE(Grid::create(2, 32));
  EXPECT_FALSE(Grid::create(2, 33));
  EXPECT_FALSE(Grid::create(2, 0));
  EXPECT_FALSE(Grid::create(1, 2));
  EXPECT_FALSE(Grid::create(4294967295u, 4294967295u));
}

}  // namespace
}  // namespace moshpit
