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

TEST(Grid, IsBounded) {
  EXPECT_TRUE(Grid::create(2, 32));
  EXPECT_FALSE(Grid::create(2, 33));
  EXPECT_FALSE(Grid::create(2, 0));
  EXPECT_FALSE(Grid::create(1, 2));
  EXPECT_FALSE(Grid::create(4294967295u, 4294967295u));
}

}  // namespace
}  // namespace moshpit
