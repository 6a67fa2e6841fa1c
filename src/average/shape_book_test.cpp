// ShapeBook: peers that know the same shapes are on the same grid, in whatever order they heard of
// them, and nobody is led astray by a shape that cannot be meant.
#include "average/shape_book.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <numeric>

namespace moshpit {
namespace {

constexpr std::uint32_t largest_group = 16;

std::vector<MemberNumber> members(std::size_t count, MemberNumber first = 100) {
  std::vector<MemberNumber> numbers(count);
  std::iota(numbers.begin(), numbers.end(), first);
  return numbers;
}

Shape shape_for(std::size_t peers, std::uint64_t first_step, MemberNumber first = 100) {
  return {first_step, Grid::fitting(peers, largest_group), members(peers, first)};
}

ShapeBook book_from(const char* grid = "4x4") {
  return ShapeBook(Grid::parse(grid).value(), largest_group);
}

TEST(ShapeBook, AShapeIsInForceFromItsFirstStepOn) {
  ShapeBook book = book_from();
  ASSERT_TRUE(book.learn(shape_for(20, 5), 4));
  EXPECT_EQ(book.at(4)->grid.text(), "4x4");
  EXPECT_EQ(book.at(5)->grid.text(), "5x5");
  EXPECT_EQ(book.at(50)->grid.text(), "5x5");
}

TEST(ShapeBook, EverybodyHasAPlaceOfItsOwn) {
  const Shape shape = shape_for(20, 5);
  PeerId known;
  known.bytes[7] = std::byte{103};
  EXPECT_EQ(shape.place_of(known), 3u);
  known.bytes[7] = std::byte{99};
  EXPECT_EQ(shape.place_of(known), std::nullopt);
}

TEST(ShapeBook, TheOrderInWhichShapesBecomeKnownDoesNotMatter) {
  std::vector<Shape> shapes = {shape_for(20, 5), shape_for(20, 5, 7), shape_for(40, 6),
                               shape_for(60, 6, 9), shape_for(17, 4)};
  std::vector<std::size_t> order = {0, 1, 2, 3, 4};
  std::optional<ShapeBook> first;
  do {
    ShapeBook book = book_from();
    for (const std::size_t i : order) book.learn(shapes[i], 4);
    if (!first) first = book;
    for (std::uint64_t step = 3; step <= 8; ++step) {
      ASSERT_EQ(*book.at(step), *first->at(step)) << "at step " << step;
    }
    ASSERT_EQ(book.note(), first->note());
  } while (std::ranges::next_permutation(order).found);
}

TEST(ShapeBook, OfTwoCountsTheGreaterOneCounts) {
  ShapeBook book = book_from();
  book.learn(shape_for(40, 6), 4);
  EXPECT_FALSE(book.learn(shape_for(30, 6), 4));
  EXPECT_TRUE(book.learn(shape_for(50, 6), 4));
  EXPECT_EQ(book.at(6)->roster.size(), 50u);
}

TEST(ShapeBook, OfTwoBooksOneIsBehindTheOther) {
  ShapeBook one = book_from();
  ShapeBook other = book_from();
  EXPECT_FALSE(one.is_behind(other.note()));
  one.learn(shape_for(20, 5), 4);
  other.learn(shape_for(30, 5), 4);
  EXPECT_NE(one.is_behind(other.note()), other.is_behind(one.note()));
  other.learn(shape_for(40, 6), 4);
  EXPECT_TRUE(one.is_behind(other.note()));
}

TEST(ShapeBook, WhatIsKnownAlreadyIsNoNews) {
  ShapeBook book = book_from();
  EXPECT_TRUE(book.learn(shape_for(20, 5), 4));
  EXPECT_FALSE(book.learn(shape_for(20, 5), 4));
  EXPECT_NE(book.find(shape_for(20, 5).digest()), nullptr);
  EXPECT_EQ(book.find(shape_for(21, 5).digest()), nullptr);
}

// It would stand in the way of every proposal for as long.
TEST(ShapeBook, AShapeThatLiesTooFarAheadIsRefused) {
  ShapeBook book = book_from();
  EXPECT_TRUE(book.learn(shape_for(20, 7), 4)) << "of a peer that has begun the next step";
  EXPECT_FALSE(book.learn(shape_for(30, 8), 4));
  EXPECT_FALSE(book.learn(shape_for(30, std::uint64_t{1} << 60), 4));
}

TEST(ShapeBook, AGridThatItsRosterDoesNotAskForIsRefused) {
  ShapeBook book = book_from();
  Shape shape = shape_for(20, 5);
  shape.grid = Grid::parse("16x16").value();
  EXPECT_FALSE(book.learn(shape, 4));
  EXPECT_FALSE(book.learn(Shape{5, Grid::parse("5x5").value(), {}}, 4));
}

TEST(ShapeBook, AGridThatStandsIsLeftForNoOther) {
  ShapeBook book(Grid::parse("4x4").value(), 0);
  EXPECT_FALSE(book.follows());
  EXPECT_FALSE(book.learn(shape_for(20, 5), 4));
}

TEST(ShapeBook, AnotherGridIsProposedWhenAnotherOneFits) {
  ShapeBook book = book_from();
  EXPECT_FALSE(book.proposal(members(17), 4)->grid == book.at(4)->grid);
  const auto grown = book.proposal(members(20), 4);
  ASSERT_TRUE(grown);
  EXPECT_EQ(*grown, shape_for(20, 6));
  ASSERT_TRUE(book.learn(*grown, 4));
  EXPECT_FALSE(book.proposal(members(20), 4));
  EXPECT_FALSE(book.proposal(members(24), 4)) << "some peers more, and the same grid";
  EXPECT_EQ(book.proposal(members(26), 4)->grid.text(), "6x6");
  EXPECT_EQ(book.proposal(members(12), 9)->grid.text(), "12");
}

TEST(ShapeBook, AGridThatIsFilledGivesEachAPlaceOfItsOwn) {
  ShapeBook book = book_from();
  ASSERT_TRUE(book.learn(shape_for(20, 6), 4));
  const auto filled = book.proposal(members(25), 8);
  ASSERT_TRUE(filled);
  EXPECT_EQ(*filled, shape_for(25, 10));
  ASSERT_TRUE(book.learn(*filled, 8));
  EXPECT_FALSE(book.proposal(members(25), 9));
  EXPECT_TRUE(book.proposal(members(25, 7), 9)) << "as many, but not the same";
}

TEST(ShapeBook, WhatNoStepWillNeedIsForgotten) {
  ShapeBook book = book_from();
  for (std::uint64_t step = 1; step < 100; ++step) {
    ASSERT_TRUE(book.learn(shape_for(17 + step % 2 * 20, step + 2), step));
    EXPECT_LE(book.all().size(), 8u);
  }
  EXPECT_EQ(*book.at(99), shape_for(37, 99));
}

// All that a donor has to tell a newcomer fits into one message, whatever a member made it learn.
TEST(ShapeBook, AllThatIsRememberedFitsIntoAMessage) {
  ShapeBook book = book_from();
  for (std::uint64_t step = 1; step < 20; ++step) {
    book.learn(shape_for(roster_limit, step + 3, ~MemberNumber{0} - roster_limit - step), step);
  }
  std::size_t size = 0;
  for (const Shape& shape : book.all()) size += encode(shape).size();
  EXPECT_GT(size, roster_limit * 10);
  EXPECT_LT(size, std::size_t{4} << 20);
}

TEST(ShapeBook, TheFirstGridIsNotReplaced) {
  ShapeBook book = book_from();
  const auto first = book.at(5);
  for (std::uint32_t side = 2; side < 100; ++side) {
    EXPECT_FALSE(book.learn({0, Grid::create(side, 2).value(), {}}, 1)) << side;
  }
  EXPECT_EQ(book.at(5), first);
}

}  // namespace
}  // namespace moshpit
