#include "reduce/mean.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <vector>

#include "base/random.hpp"

namespace moshpit {
namespace {

// R1: |error| <= g sum(w|x|)/sum(w), g = (n+1)u / (1-(n+1)u), u = 2^-24, judged in a wider format.
void expect_exact(const std::vector<std::vector<float>>& values,
                  const std::vector<double>& weights) {
  std::vector<WeightedValues> contributions;
  for (std::size_t i = 0; i < values.size(); ++i) {
    contributions.push_back({weights[i], std::as_bytes(std::span(values[i]))});
  }
  std::vector<float> mean(values[0].size());
  weighted_mean(contributions, mean);
  const long double nu = static_cast<long double>(values.size() + 1) * 0x1p-24L;
  for (std::size_t element = 0; element < mean.size(); ++element) {
    long double sum = 0, magnitude = 0, total = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      sum += static_cast<long double>(weights[i]) * values[i][element];
      magnitude += static_cast<long double>(weights[i]) * std::fabs(values[i][element]);
      total += weights[i];
    }
    const long double error = std::fabs(mean[element] - sum / total);
    ASSERT_LE(error, nu / (1 - nu) * magnitude / total) << element;
  }
}

// A float whose exponent is drawn, so that large and small terms meet and cancel.
float wild(Random& random) {
  const auto exponent = static_cast<int>(random.below(120)) - 60;
  const double sign = random.chance(0.5) ? 1 : -1;
  return static_cast<float>(std::ldexp(sign * (1 + random.unit()), exponent));
}

TEST(WeightedMean, KeepsTheBoundForWildValuesAndWeights) {
  Random random(1);
  for (int trial = 0; trial < 300; ++trial) {
    const std::size_t members = 1 + static_cast<std::size_t>(random.below(20));
    const std::size_t elements = 1 + static_cast<std::size_t>(random.below(1200));
    std::vector<std::vector<float>> values(members, std::vector<float>(elements));
    std::vector<double> weights;
    for (auto& list : values) {
      for (float& value : list) value = wild(random);
      weights.push_back(std::fabs(static_cast<double>(wild(random))));
    }
    expect_exact(values, weights);
  }
}

TEST(WeightedMean, NeitherLargeValuesNorExtremeWeightsOverflow) {
  const float largest = std::numeric_limits<float>::max();
  expect_exact({{largest}, {largest}, {largest}}, {1e300, 1e300, 1e300});
  expect_exact({{largest}, {-largest}}, {1e300, 1e-300});
  expect_exact({{2.0f}, {4.0f}}, {1e-320, 3e-320});
}

TEST(WeightedMean, OfEqualValuesIsThatValue) {
  Random random(2);
  for (int trial = 0; trial < 100; ++trial) {
    const std::vector<float> value = {wild(random)};
    std::vector<WeightedValues> contributions;
    for (int i = 0; i < 7; ++i) {
      contributions.push_back({random.unit(), std::as_bytes(std::span(value))});
    }
    std::vector<float> mean(1);
    weighted_mean(contributions, mean);
    EXPECT_EQ(mean, value);
  }
}

TEST(MeanWeight, IsTheMeanAndNeverAboveTheLargest) {
  EXPECT_EQ(mean_weight({}), 0);
  const std::vector<WeightedValues> two = {{1, {}}, {4, {}}};
  EXPECT_EQ(mean_weight(two), 2.5);
  Random random(3);
  for (int trial = 0; trial < 2000; ++trial) {
    const double weight = random.unit();
    const auto count = 1 + static_cast<std::size_t>(random.below(40));
    const std::vector<WeightedValues> equal(count, WeightedValues{weight, {}});
    EXPECT_LE(mean_weight(equal), weight);
    EXPECT_GE(mean_weight(equal), weight * (1 - 1e-14));
  }
}

}  // namespace
}  // namespace moshpit
