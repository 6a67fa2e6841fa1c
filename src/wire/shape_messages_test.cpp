#include "wire/shape_messages.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace moshpit {
namespace {

Shape some_shape() { return {7, Grid::parse("3x3").value(), {5, 8, 0xfedcba9876543210u}}; }

TEST(ShapeMessages, TheyComeBack) {
  EXPECT_EQ(decode_shape(encode(some_shape())), some_shape());
  const ShapeNote note{7, 3, some_shape().digest()};
  EXPECT_EQ(decode_shape_note(encode(note)), note);
  EXPECT_EQ(decode_shape_question(encode(ShapeQuestion{note.digest}))->digest, note.digest);
  EXPECT_EQ(decode_roll_entry(encode(RollEntry{{3, 1, 2}}))->members,
            (std::vector<MemberNumber>{3, 1, 2}));
}

TEST(ShapeMessages, ARosterNamesEachOnceAndHasPlacesForAll) {
  Shape twice = some_shape();
  twice.roster = {5, 5};
  EXPECT_FALSE(decode_shape(encode(twice)));
  Shape descending = some_shape();
  descending.roster = {8, 5};
  EXPECT_FALSE(decode_shape(encode(descending)));
  Shape crowded = some_shape();
  crowded.roster = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  EXPECT_FALSE(decode_shape(encode(crowded)));
}

TEST(ShapeMessages, ARosterIsNotLongerThanItsLimit) {
  Shape shape{7, Grid::create(200, 2).value(), {}};
  for (MemberNumber member = 0; member < roster_limit; ++member) shape.roster.push_back(member);
  EXPECT_EQ(decode_shape(encode(shape)), shape);
  shape.roster.push_back(roster_limit);
  EXPECT_FALSE(decode_shape(encode(shape)));
}

TEST(ShapeMessages, AnEntryOfTheRollFitsIntoARecord) {
  const RollEntry largest{std::vector<MemberNumber>(following_group_limit, ~std::uint64_t{0})};
  EXPECT_LE(encode(largest).size(), 1024u);
  EXPECT_TRUE(decode_roll_entry(encode(largest)));
  const RollEntry larger{std::vector<MemberNumber>(following_group_limit + 1, 1)};
  EXPECT_FALSE(decode_roll_entry(encode(larger)));
}

TEST(ShapeMessages, ShapesThatDifferHaveDifferentDigests) {
  const Digest digest = some_shape().digest();
  Shape later = some_shape();
  later.first_step = 8;
  Shape wider = some_shape();
  wider.grid = Grid::parse("4x4").value();
  Shape others = some_shape();
  others.roster.pop_back();
  for (const Shape& shape : {later, wider, others}) EXPECT_NE(shape.digest(), digest);
}

TEST(ShapeMessages, AnyBytesAreReadOrTurnedDown) {
  Random random(3);
  const Bytes bytes = encode(some_shape());
  for (int trial = 0; trial < 20'000; ++trial) {
    Bytes damaged = bytes;
    damaged[random.below(damaged.size())] = static_cast<std::byte>(random.below(256));
    damaged.resize(random.below(damaged.size() + 1));
    const auto shape = decode_shape(damaged);
    EXPECT_TRUE(!shape || shape->roster.size() <= shape->grid.places());
    decode_shape_note(damaged);
    decode_roll_entry(damaged);
    decode_shape_question(damaged);
  }
}

}  // namespace
}  // namespace moshpit
