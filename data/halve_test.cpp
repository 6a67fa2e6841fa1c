#include "data/halve.hpp"

#include <gtest/gtest.h>

namespace moshpit {
namespace {

TEST(Halve, APixelIsTheMeanOfFour) {
  Dataset dataset{16, 2, {16, {}, {0, 1}}, {16, {}, {}}};
  for (int i = 0; i < 32; ++i) dataset.train.images.push_back(static_cast<std::uint8_t>(4 * i));
  ASSERT_TRUE(can_halve(dataset));
  const Dataset small = halve(dataset);
  EXPECT_EQ(small.pixels, 4u);
  EXPECT_EQ(small.train.labels, dataset.train.labels);
  // Pixels 0, 1, 4, 5 of the first image are 0, 4, 16, 20.
  EXPECT_EQ(small.train.images, (std::vector<std::uint8_t>{10, 18, 42, 50, 74, 82, 106, 114}));
}

TEST(Halve, OnlySquaresWithAnEvenSide) {
  EXPECT_FALSE(can_halve({9, 2, {}, {}}));
  EXPECT_FALSE(can_halve({8, 2, {}, {}}));
  EXPECT_TRUE(can_halve({784, 10, {}, {}}));
}

}  // namespace
}  // namespace moshpit
