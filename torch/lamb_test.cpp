#include "torch/lamb.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <sstream>

namespace moshpit {
namespace {

torch::Tensor parameter(std::vector<float> values) {
  return torch::tensor(values).set_requires_grad(true);
}

// Two steps of algorithm 2 by hand for one tensor of two elements.
TEST(Lamb, FollowsTheAlgorithm) {
  const LambOptions options = LambOptions(0.1).eps(0).weight_decay(0.5);
  torch::Tensor x = parameter({3, 4});
  Lamb lamb({x}, options);
  const double slopes[2][2] = {{1, -2}, {2, 1}};
  double expected[2] = {3, 4};
  double m[2] = {0, 0};
  double v[2] = {0, 0};
  for (int step = 1; step <= 2; ++step) {
    double direction[2];
    for (int i = 0; i < 2; ++i) {
      const double slope = slopes[step - 1][i];
      m[i] = 0.9 * m[i] + 0.1 * slope;
      v[i] = 0.999 * v[i] + 0.001 * slope * slope;
      direction[i] =
          m[i] / (1 - std::pow(0.9, step)) / std::sqrt(v[i] / (1 - std::pow(0.999, step))) +
          0.5 * expected[i];
    }
    const double trust =
        std::hypot(expected[0], expected[1]) / std::hypot(direction[0], direction[1]);
    for (int i = 0; i < 2; ++i) expected[i] -= 0.1 * trust * direction[i];

    x.mutable_grad() = torch::tensor({slopes[step - 1][0], slopes[step - 1][1]}, torch::kFloat32);
    lamb.step();
    EXPECT_NEAR(x[0].item<double>(), expected[0], 1e-5);
    EXPECT_NEAR(x[1].item<double>(), expected[1], 1e-5);
  }
}

TEST(Lamb, AStepIsAShareOfTheNormUpToTheLimit) {
  for (float scale : {1.0f, 100.0f}) {
    torch::Tensor x = parameter({3 * scale, 4 * scale});
    Lamb lamb({x}, LambOptions(0.01).weight_decay(0));
    x.mutable_grad() = torch::tensor({1.0f, 1.0f});
    const torch::Tensor before = x.detach().clone();
    lamb.step();
    const double moved = (x.detach() - before).norm().item<double>();
    EXPECT_NEAR(moved, 0.01 * std::min(5.0 * scale, 10.0), 1e-4);
  }
}

TEST(Lamb, WhatIsZeroMovesToo) {
  torch::Tensor x = parameter({0, 0});
  Lamb lamb({x}, LambOptions(0.01));
  x.mutable_grad() = torch::tensor({1.0f, -1.0f});
  lamb.step();
  EXPECT_NEAR(x[0].item<double>(), -0.01, 1e-5);
}

TEST(Lamb, VectorsDoNotDecay) {
  torch::nn::Linear layer(3, 2);
  const auto groups = lamb_groups(*layer, LambOptions(0.1));
  ASSERT_EQ(groups.size(), 2u);
  ASSERT_EQ(groups[0].params().size(), 1u);
  EXPECT_EQ(groups[0].params()[0].dim(), 2);
  EXPECT_EQ(static_cast<const LambOptions&>(groups[0].options()).weight_decay(), 0.01);
  EXPECT_EQ(static_cast<const LambOptions&>(groups[1].options()).weight_decay(), 0);
}

// Least squares: y = Ax for a known x.
torch::Tensor fit(const torch::Tensor& inputs, const torch::Tensor& wanted, torch::Tensor x) {
  return (inputs.matmul(x) - wanted).pow(2).mean();
}

TEST(Lamb, ConvergesAndGoesOnFromASavedState) {
  torch::manual_seed(1);
  const torch::Tensor inputs = torch::randn({64, 8});
  const torch::Tensor wanted = inputs.matmul(torch::randn({8, 1}));
  torch::Tensor x = torch::randn({8, 1}).set_requires_grad(true);
  Lamb lamb({x}, LambOptions(0.05).weight_decay(0));
  const double before = fit(inputs, wanted, x).item<double>();
  const auto steps = [&](Lamb& optimizer, torch::Tensor& at, int count, double rate) {
    for (int i = 0; i < count; ++i) {
      optimizer.param_groups()[0].options().set_lr(rate * (count - i) / count);
      optimizer.zero_grad();
      fit(inputs, wanted, at).backward();
      optimizer.step();
    }
  };
  steps(lamb, x, 20, 0.05);
  std::stringstream saved;
  torch::save(lamb, saved);
  torch::Tensor resumed = x.detach().clone().set_requires_grad(true);
  Lamb other({resumed}, LambOptions(0.7).weight_decay(0));  // of options nothing is loaded
  torch::load(other, saved);
  steps(lamb, x, 200, 0.05);
  steps(other, resumed, 200, 0.05);
  EXPECT_LT(fit(inputs, wanted, x).item<double>(), 1e-3 * before);
  EXPECT_TRUE(torch::equal(x, resumed));
}

}  // namespace
}  // namespace moshpit
