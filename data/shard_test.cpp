#include "data/shard.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

namespace moshpit {
namespace {

// Example i is one pixel of brightness i.
Examples numbered(std::uint8_t count) {
  Examples examples{{1, 1, 1}, {}, {}};
  for (std::uint8_t i = 0; i < count; ++i) {
    examples.images.push_back(i);
    examples.labels.push_back(i);
  }
  return examples;
}

std::vector<Label> draw(Shard& shard, const Examples& examples, std::size_t count) {
  Batch batch;
  shard.next(examples, count, batch);
  return batch.labels;
}

TEST(Shard, ShardsAreDisjointAndCoverTheSet) {
  const Examples examples = numbered(103);
  for (std::size_t peers : {1u, 2u, 8u, 103u}) {
    std::multiset<Label> seen;
    for (std::size_t peer = 0; peer < peers; ++peer) {
      Shard shard(examples.size(), peer, peers, 9);
      EXPECT_NEAR(static_cast<double>(shard.size()), 103.0 / static_cast<double>(peers), 1.0);
      for (Label label : draw(shard, examples, shard.size())) seen.insert(label);
    }
    EXPECT_EQ(seen.size(), 103u);
    EXPECT_EQ(std::set<Label>(seen.begin(), seen.end()).size(), 103u);
  }
}

TEST(Shard, EachPassHasEveryExampleOnceInANewOrder) {
  const Examples examples = numbered(40);
  Shard shard(examples.size(), 0, 1, 9);
  const auto first = draw(shard, examples, 40);
  const auto second = draw(shard, examples, 40);
  EXPECT_EQ(shard.passes(), 1u);
  EXPECT_NE(first, second);
  EXPECT_EQ(std::set<Label>(first.begin(), first.end()).size(), 40u);
  EXPECT_EQ(std::set<Label>(second.begin(), second.end()).size(), 40u);
}

TEST(Shard, BatchesMayStraddlePassesAndExceedTheShard) {
  const Examples examples = numbered(10);
  Shard shard(examples.size(), 0, 1, 9);
  std::multiset<Label> seen;
  for (int batch = 0; batch < 2; ++batch) {
    for (Label label : draw(shard, examples, 25)) seen.insert(label);
  }
  for (std::uint8_t i = 0; i < 10; ++i) EXPECT_EQ(seen.count(i), 5u);
}

TEST(Shard, SameSeedSameOrderOtherSeedOtherCut) {
  const Examples examples = numbered(100);
  Shard one(100, 3, 8, 9);
  Shard same(100, 3, 8, 9);
  Shard other(100, 3, 8, 10);
  const auto order = draw(one, examples, 36);
  EXPECT_EQ(order, draw(same, examples, 36));
  EXPECT_NE(order, draw(other, examples, 36));
}

TEST(Shard, OfGivenExamplesOnly) {
  const Examples examples = numbered(10);
  Shard shard({2, 3, 5, 7}, 9);
  auto order = draw(shard, examples, 4);
  std::sort(order.begin(), order.end());
  EXPECT_EQ(order, (std::vector<Label>{2, 3, 5, 7}));
}

TEST(Shard, BatchesAreScaledAndInTheOrderAsked) {
  const Examples examples{{1, 1, 2}, {0, 255, 51, 102}, {0, 1}};
  Batch batch;
  gather(examples, std::vector<std::uint32_t>{1, 0, 1}, batch);
  const std::vector<float> expected{-0.125f, 0.375f, -0.625f, 1.875f, -0.125f, 0.375f};
  ASSERT_EQ(batch.images.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(batch.images[i], expected[i], 1e-6);
  EXPECT_EQ(batch.labels, (std::vector<Label>{1, 0, 1}));
}

}  // namespace
}  // namespace moshpit
