#include <algorithm>
#include <gtest/gtest.h>
#include <set>

#include "data/shard.hpp"

namespace moshpit {
namespace {

std::vector<Label> ten_classes(std::size_t count) {
  std::vector<Label> labels;
  for (std::size_t i = 0; i < count; ++i) labels.push_back(static_cast<Label>(i % 10));
  return labels;
}

// The share of a part's most frequent class, averaged over the parts: 0.1 where they are like the
// whole.
double one_sidedness(const std::vector<Label>& labels,
                     const std::vector<std::vector<std::uint32_t>>& parts) {
  double sum = 0;
  for (const auto& part : parts) {
    std::vector<int> counts(10);
    for (std::uint32_t i : part) ++counts[labels[i]];
    sum += *std::max_element(counts.begin(), counts.end()) / static_cast<double>(part.size());
  }
  return sum / static_cast<double>(parts.size());
}

TEST(Dirichlet, PartsAreDisjointAndCoverTheSet) {
  const auto labels = ten_classes(997);
  for (double concentration : {0.01, 0.5, 100.0}) {
    std::multiset<std::uint32_t> seen;
    for (const auto& part : dirichlet_split(labels, 40, concentration, 3)) {
      EXPECT_FALSE(part.empty());
      seen.insert(part.begin(), part.end());
    }
    EXPECT_EQ(seen.size(), labels.size());
    EXPECT_EQ(std::set<std::uint32_t>(seen.begin(), seen.end()).size(), labels.size());
  }
}

TEST(Dirichlet, ConcentrationSaysHowOneSidedThePartsAre) {
  const auto labels = ten_classes(20'000);
  EXPECT_GT(one_sidedness(labels, dirichlet_split(labels, 16, 0.05, 3)), 0.6);
  const double half = one_sidedness(labels, dirichlet_split(labels, 16, 0.5, 3));
  EXPECT_GT(half, 0.25);
  EXPECT_LT(half, 0.6);
  EXPECT_LT(one_sidedness(labels, dirichlet_split(labels, 16, 1000, 3)), 0.13);
}

// With concentration 1 the first of two portions is uniform: mean 1/2, variance 1/12.
TEST(Dirichlet, PortionsHaveTheirVariance) {
  const std::vector<Label> labels(1'000, 0);
  double sum = 0;
  double squares = 0;
  const int draws = 2'000;
  for (int seed = 0; seed < draws; ++seed) {
    const auto parts = dirichlet_split(labels, 2, 1, static_cast<std::uint64_t>(seed));
    const double portion = static_cast<double>(parts[0].size()) / 1'000;
    sum += portion;
    squares += portion * portion;
  }
  const double mean = sum / draws;
  EXPECT_NEAR(mean, 0.5, 0.02);
  EXPECT_NEAR(squares / draws - mean * mean, 1.0 / 12, 0.005);
}

TEST(Dirichlet, TheSeedDecides) {
  const auto labels = ten_classes(500);
  EXPECT_EQ(dirichlet_split(labels, 8, 0.3, 1), dirichlet_split(labels, 8, 0.3, 1));
  EXPECT_NE(dirichlet_split(labels, 8, 0.3, 1), dirichlet_split(labels, 8, 0.3, 2));
}

TEST(Dirichlet, AsManyPeersAsExamples) {
  const auto labels = ten_classes(12);
  for (const auto& part : dirichlet_split(labels, 12, 0.1, 1)) EXPECT_EQ(part.size(), 1u);
}

}  // namespace
}  // namespace moshpit
