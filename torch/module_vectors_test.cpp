#include "torch/module_vectors.hpp"

#include <gtest/gtest.h>
#include <numeric>

#include "torch/lamb.hpp"

namespace moshpit {
namespace {

namespace optim = torch::optim;

torch::nn::Sequential small_network() {
  torch::manual_seed(1);
  return torch::nn::Sequential(torch::nn::Linear(3, 4), torch::nn::BatchNorm1d(4),
                               torch::nn::Linear(4, 2));
}
constexpr std::size_t network_parameters = 3 * 4 + 4 + 4 + 4 + 4 * 2 + 2;

torch::Tensor inputs() {
  torch::manual_seed(2);
  return torch::randn({8, 3});
}

torch::Tensor loss_of(torch::nn::Sequential& network) {
  return network->forward(inputs()).pow(2).sum();
}

std::vector<float> copied(std::span<const float> values) { return {values.begin(), values.end()}; }

// All parameters one after the other.
std::vector<float> parameters_of(torch::nn::Sequential& network) {
  std::vector<float> all;
  for (const auto& parameter : network->parameters()) {
    const auto flat = parameter.detach().flatten();
    all.insert(all.end(), flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel());
  }
  return all;
}

TEST(ModuleVectors, SpansAreTheModulesOwnMemory) {
  auto network = small_network();
  const auto before = parameters_of(network);
  auto vectors = ModuleVectors::of(*network, nullptr).value();
  ASSERT_EQ(vectors.parameters().size(), network_parameters);
  EXPECT_EQ(copied(vectors.parameters()), before);
  EXPECT_EQ(vectors.buffers().size(), 8u);  // four means and four variances
  EXPECT_EQ(vectors.optimizer_state().size(), 0u);

  std::iota(vectors.parameters().begin(), vectors.parameters().end(), 1.0f);
  vectors.store();
  EXPECT_EQ(parameters_of(network), copied(vectors.parameters()));
  EXPECT_EQ(network->parameters()[0].data_ptr<float>(), vectors.parameters().data());

  loss_of(network).backward();
  EXPECT_EQ(network->parameters()[0].grad().data_ptr<float>(), vectors.gradients().data());
  EXPECT_NE(vectors.gradients()[0], 0);
  EXPECT_NE(vectors.buffers()[0], 0) << "the running mean moved";
  EXPECT_EQ(vectors.counters(), std::vector<std::int64_t>{1});
}

TEST(ModuleVectors, GradientsAddUpUntilTheyAreZeroed) {
  auto network = small_network();
  network->eval();  // so that running statistics do not differ between the two
  auto vectors = ModuleVectors::of(*network, nullptr).value();
  loss_of(network).backward();
  const auto once = copied(vectors.gradients());
  loss_of(network).backward();
  for (std::size_t i = 0; i < once.size(); ++i) {
    EXPECT_NEAR(vectors.gradients()[i], 2 * once[i], 1e-5 * (1 + std::abs(once[i])));
  }
  vectors.zero_gradients();
  for (float slope : vectors.gradients()) EXPECT_EQ(slope, 0);
}

// Newer LibTorch drops gradients in zero_grad(), and backward() makes new ones elsewhere.
TEST(ModuleVectors, FetchFindsGradientsThatLieElsewhere) {
  auto network = small_network();
  auto vectors = ModuleVectors::of(*network, nullptr).value();
  for (auto& parameter : network->parameters()) parameter.mutable_grad() = torch::Tensor();
  loss_of(network).backward();
  const float slope = network->parameters()[0].grad().flatten()[0].item<float>();
  EXPECT_NE(slope, 0);
  EXPECT_EQ(vectors.gradients()[0], 0);
  vectors.fetch();
  EXPECT_EQ(vectors.gradients()[0], slope);
  EXPECT_EQ(network->parameters()[0].grad().data_ptr<float>(), vectors.gradients().data());
  for (auto& parameter : network->parameters()) parameter.mutable_grad() = torch::Tensor();
  vectors.fetch();
  EXPECT_EQ(vectors.gradients()[0], 0);
}

std::unique_ptr<optim::Optimizer> optimizer_for(int kind, torch::nn::Sequential& network) {
  const auto parameters = network->parameters();
  switch (kind) {
    case 0:
      return std::make_unique<optim::SGD>(parameters, optim::SGDOptions(0.01).momentum(0.9));
    case 1:
      return std::make_unique<optim::SGD>(parameters, optim::SGDOptions(0.01));
    case 2:
      return std::make_unique<optim::Adam>(parameters, optim::AdamOptions(0.01));
    case 3:
      return std::make_unique<optim::Adam>(parameters, optim::AdamOptions().amsgrad(true));
    case 4:
      return std::make_unique<optim::AdamW>(parameters, optim::AdamWOptions(0.01));
    default:
      return std::make_unique<Lamb>(lamb_groups(*network, LambOptions(0.01)));
  }
}
constexpr std::size_t state_tensors[] = {1, 0, 2, 3, 2, 2};  // each as large as the parameters

class EachOptimizer : public testing::TestWithParam<int> {};

// Steps through the vectors are the optimizer's own steps, though its state was created before.
TEST_P(EachOptimizer, StepsAsWithoutVectors) {
  auto plain = small_network();
  auto network = small_network();
  auto plain_optimizer = optimizer_for(GetParam(), plain);
  auto optimizer = optimizer_for(GetParam(), network);
  auto vectors = ModuleVectors::of(*network, optimizer.get()).value();
  const std::size_t size = state_tensors[GetParam()] * network_parameters;
  ASSERT_EQ(vectors.optimizer_state().size(), size);
  for (int step = 0; step < 5; ++step) {
    plain_optimizer->zero_grad();
    loss_of(plain).backward();
    plain_optimizer->step();
    vectors.zero_gradients();
    loss_of(network).backward();
    vectors.step();
  }
  EXPECT_EQ(copied(vectors.parameters()), parameters_of(plain));
  EXPECT_EQ(vectors.optimizer_state().size(), size);
  for (std::size_t i = 0; i < size; i += network_parameters) {
    EXPECT_NE(vectors.optimizer_state()[i], 0);
  }
}

// Who takes over another's state and counters goes on exactly as that one does.
TEST_P(EachOptimizer, StateIsAllThatALatecomerNeeds) {
  auto network = small_network();
  auto late = small_network();
  auto optimizer = optimizer_for(GetParam(), network);
  auto late_optimizer = optimizer_for(GetParam(), late);
  auto vectors = ModuleVectors::of(*network, optimizer.get()).value();
  auto late_vectors = ModuleVectors::of(*late, late_optimizer.get()).value();
  const auto step = [](torch::nn::Sequential& module, ModuleVectors& of) {
    of.zero_gradients();
    loss_of(module).backward();
    of.step();
  };
  for (int i = 0; i < 3; ++i) step(network, vectors);
  std::ranges::copy(vectors.state(), late_vectors.state().begin());
  late_vectors.set_counters(vectors.counters());
  late_vectors.store();
  EXPECT_EQ(late_vectors.counters(), vectors.counters());
  for (int i = 0; i < 3; ++i) {
    step(network, vectors);
    step(late, late_vectors);
  }
  EXPECT_EQ(copied(late_vectors.state()), copied(vectors.state()));
}

INSTANTIATE_TEST_SUITE_P(ModuleVectors, EachOptimizer, testing::Range(0, 6));

TEST(ModuleVectors, KeepsTheStateThatAnOptimizerHasAlready) {
  auto network = small_network();
  auto optimizer = optimizer_for(2, network);
  loss_of(network).backward();
  optimizer->step();
  auto vectors = ModuleVectors::of(*network, optimizer.get()).value();
  EXPECT_NE(vectors.optimizer_state()[0], 0);
  EXPECT_EQ(vectors.counters().back(), 1);
}

TEST(ModuleVectors, AveragedIsBuffersAndOptimizerState) {
  auto network = small_network();
  auto optimizer = optimizer_for(2, network);
  auto vectors = ModuleVectors::of(*network, optimizer.get()).value();
  EXPECT_EQ(vectors.averaged().data(), vectors.buffers().data());
  EXPECT_EQ(vectors.averaged().size(), 8 + 2 * network_parameters);
  EXPECT_EQ(vectors.state().size(), network_parameters + vectors.averaged().size());
}

TEST(ModuleVectors, TrainedIsWhatATrainerTakes) {
  auto network = small_network();
  auto optimizer = optimizer_for(2, network);
  auto vectors = ModuleVectors::of(*network, optimizer.get()).value();
  const TrainedModel model = vectors.trained();
  EXPECT_EQ(model.parameters.size(), network_parameters);
  EXPECT_EQ(model.gradients.size(), network_parameters);
  EXPECT_EQ(model.statistics.size(), 8u);
  EXPECT_EQ(model.optimizer_state.size(), 2 * network_parameters);
  const auto before = parameters_of(network);
  std::fill(model.gradients.begin(), model.gradients.end(), 1.0f);
  model.optimizer_step();
  EXPECT_NEAR(parameters_of(network)[0], before[0] - 0.01f, 1e-6);
}

TEST(ModuleVectors, TheLearningRateIsSetInEveryGroup) {
  auto network = small_network();
  auto optimizer = optimizer_for(5, network);
  auto vectors = ModuleVectors::of(*network, optimizer.get()).value();
  vectors.set_learning_rate(0.125);
  ASSERT_EQ(optimizer->param_groups().size(), 2u);
  for (const auto& group : optimizer->param_groups()) EXPECT_EQ(group.options().get_lr(), 0.125);
}

void expect_error(torch::nn::Module& module, optim::Optimizer* optimizer, const char* part) {
  const auto vectors = ModuleVectors::of(module, optimizer);
  ASSERT_FALSE(vectors.ok());
  EXPECT_EQ(vectors.error().code(), ErrorCode::invalid_argument);
  EXPECT_NE(vectors.error().message().find(part), std::string::npos) << vectors.error().message();
}

TEST(ModuleVectors, WhatCannotBeAveragedIsRefused) {
  auto network = small_network();
  auto other = small_network();
  optim::SGD elsewhere(other->parameters(), 0.1);
  expect_error(*network, &elsewhere, "not of this module");
  optim::RMSprop unknown(network->parameters());
  expect_error(*network, &unknown, "use SGD, Adam, AdamW or Lamb");
  expect_error(*torch::nn::ReLU(), nullptr, "nothing to train");
  network->to(torch::kFloat64);
  expect_error(*network, nullptr, "0.weight is of type Double");
}

TEST(ModuleVectors, SharedWeightsCountOnce) {
  torch::nn::Linear layer(2, 2);
  torch::nn::Sequential twice(layer, layer);
  EXPECT_EQ(ModuleVectors::of(*twice, nullptr).value().parameters().size(), 6u);
}

}  // namespace
}  // namespace moshpit
