#include "base/flat_map.hpp"

#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <string>

#include "base/random.hpp"

namespace moshpit {
namespace {

TEST(FlatMap, IsAMap) {
  FlatMap<std::uint64_t, std::uint64_t> flat;
  std::map<std::uint64_t, std::uint64_t> model;
  Random random(1);
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const std::uint64_t key = random.below(100);
    ASSERT_EQ(flat.contains(key), model.contains(key));
    if (!model.contains(key)) {
      flat.add(key, i);
      model.emplace(key, i);
    } else if (random.below(2) == 0) {
      EXPECT_EQ(flat.take(key), model.at(key));
      model.erase(key);
    } else {
      EXPECT_EQ(flat.at(key), model.at(key));
    }
    ASSERT_TRUE(std::equal(flat.begin(), flat.end(), model.begin(), model.end(),
                           [](const auto& one, const auto& other) {
                             return one.first == other.first && one.second == other.second;
                           }));
  }
}

TEST(FlatMap, TakesNothingOutOfNothing) {
  FlatMap<int, std::string> map;
  EXPECT_EQ(map.take(7), std::nullopt);
  EXPECT_EQ(map.find(7), map.end());
  EXPECT_TRUE(map.empty());
}

TEST(FlatMap, MakesWhatIsMissing) {
  FlatMap<int, int> map;
  map[2] += 5;
  map[1] += 1;
  map[2] += 5;
  EXPECT_EQ(map.at(2), 10);
  EXPECT_EQ(map.size(), 2u);
}

TEST(FlatMap, CarriesWhatCannotBeCopied) {
  FlatMap<int, std::unique_ptr<int>> map;
  map.add(2, std::make_unique<int>(20));
  map.add(1, std::make_unique<int>(10));
  EXPECT_EQ(*map.at(1), 10);
  map.erase(map.begin());
  EXPECT_EQ(**map.take(2), 20);
}

TEST(FlatMapDeathTest, AddedTwiceOrMissingIsABug) {
  FlatMap<int, int> map;
  map.add(1, 1);
  EXPECT_DEATH(map.add(1, 2), "this must hold");
  EXPECT_DEATH(map.at(2), "this must hold");
}

}  // namespace
}  // namespace moshpit
