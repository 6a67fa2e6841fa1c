#include "torch/resnet.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <numeric>

#include "data/digits.hpp"
#include "data/shard.hpp"
#include "model/sgd.hpp"
#include "torch/module_vectors.hpp"
#include "torch/resnet_problem.hpp"

namespace moshpit {
namespace {

std::int64_t parameters_of(const torch::nn::Module& module) {
  std::int64_t sum = 0;
  for (const auto& parameter : module.parameters()) sum += parameter.numel();
  return sum;
}

// What torchvision's models of these names have, and the paper's table 1 gives as operations.
TEST(ResNet, ImageNetFormsHaveTheirSizes) {
  EXPECT_EQ(parameters_of(*ResNet(resnet18())), 11'689'512);
  EXPECT_EQ(parameters_of(*ResNet(resnet34())), 21'797'672);
  EXPECT_EQ(parameters_of(*ResNet(resnet50())), 25'557'032);
  EXPECT_NEAR(multiply_adds(resnet18(), 224, 224), 1.8e9, 0.05e9);
  EXPECT_NEAR(multiply_adds(resnet34(), 224, 224), 3.6e9, 0.1e9);
  EXPECT_NEAR(multiply_adds(resnet50(), 224, 224), 4.1e9, 0.1e9);
}

TEST(ResNet, ScoresAreOnePerClassInEveryForm) {
  torch::NoGradGuard untracked;
  ResNet large(resnet50(7));
  EXPECT_EQ(large->forward(torch::zeros({2, 3, 64, 96})).sizes(),
            (std::vector<std::int64_t>{2, 7}));
  ResNet small(small_resnet({1, 28, 28}, 10));
  EXPECT_EQ(small->forward(torch::zeros({2, 1, 28, 28})).sizes(),
            (std::vector<std::int64_t>{2, 10}));
}

TEST(ResNet, SmallOneTakesAboutFiftyMillionOperations) {
  const double forward = 2 * multiply_adds(small_resnet({1, 28, 28}, 10), 28, 28);
  EXPECT_GT(3 * forward, 45e6);
  EXPECT_LT(3 * forward, 60e6);
}

TEST(ResNet, TheSeedDecidesTheWeights) {
  ResNetProblem one(small_resnet({1, 8, 8}, 10), {1, 8, 8});
  ResNetProblem other(small_resnet({1, 8, 8}, 10), {1, 8, 8});
  EXPECT_EQ(one.initial(1), other.initial(1));
  EXPECT_NE(one.initial(1), other.initial(2));
}

// A batch of images that are noise, with labels in turn.
Batch noise(const ImageShape& shape, std::size_t count, std::size_t classes) {
  Random random(3);
  Batch batch;
  for (std::size_t i = 0; i < count * shape.pixels(); ++i) {
    batch.images.push_back(static_cast<float>(random.normal()));
  }
  for (std::size_t i = 0; i < count; ++i) batch.labels.push_back(static_cast<Label>(i % classes));
  return batch;
}

TEST(ResNetProblem, GradientIsTheSlopeOfTheLoss) {
  const ImageShape shape{2, 6, 5};
  ResNetOptions options = small_resnet(shape, 3);
  options.width = 4;
  options.blocks = {1, 1};
  ResNetProblem problem(options, shape);
  std::vector<float> parameters = problem.initial(1);
  Random random(7);
  const Batch batch = noise(shape, 8, 3);
  std::vector<float> gradient(problem.size());
  problem.loss_and_gradient(parameters, batch, gradient);
  // Along random directions, because single slopes drown in rounding.
  std::vector<float> ignored(problem.size());
  for (int direction = 0; direction < 10; ++direction) {
    std::vector<float> nudge(problem.size());
    for (float& value : nudge) value = static_cast<float>(1e-3 * random.normal());
    std::vector<float> above = parameters;
    std::vector<float> below = parameters;
    double expected = 0;
    for (std::size_t i = 0; i < nudge.size(); ++i) {
      above[i] += nudge[i];
      below[i] -= nudge[i];
      expected += double{gradient[i]} * nudge[i];
    }
    const double found = (problem.loss_and_gradient(above, batch, ignored) -
                          problem.loss_and_gradient(below, batch, ignored)) /
                         2;
    EXPECT_NEAR(found, expected, 1e-4 + 0.05 * std::abs(expected));
  }
}

TEST(ResNetProblem, RunningStatisticsMoveInTrainingAndOnlyThere) {
  const ImageShape shape{1, 8, 8};
  ResNetProblem problem(small_resnet(shape, 3), shape);
  const auto parameters = problem.initial(1);
  const std::vector<float> fresh(problem.buffers().begin(), problem.buffers().end());
  std::vector<float> gradient(problem.size());
  problem.loss_and_gradient(parameters, noise(shape, 8, 3), gradient);
  const std::vector<float> moved(problem.buffers().begin(), problem.buffers().end());
  EXPECT_NE(fresh, moved);
  const Examples examples{shape, std::vector<std::uint8_t>(4 * 64, 100), {0, 1, 2, 0}};
  const double before = problem.evaluate(parameters, examples).loss;
  EXPECT_EQ(moved, std::vector<float>(problem.buffers().begin(), problem.buffers().end()));
  std::ranges::copy(fresh, problem.buffers().begin());
  EXPECT_NE(problem.evaluate(parameters, examples).loss, before);
  EXPECT_EQ(problem.evaluate(parameters, Examples{shape, {}, {}}).loss, 0);
}

// Another network on the same way through training has other running statistics, and the same ones
// once they are measured.
TEST(ResNetProblem, MeasuresStatisticsWhateverTheyWere) {
  const ImageShape shape{1, 8, 8};
  ResNetProblem fresh(small_resnet(shape, 3), shape);
  ResNetProblem used(small_resnet(shape, 3), shape);
  const auto parameters = fresh.initial(1);
  std::vector<float> gradient(used.size());
  used.loss_and_gradient(used.initial(2), noise(shape, 8, 3), gradient);
  const Batch batch = noise(shape, 16, 3);
  for (ResNetProblem* problem : {&fresh, &used}) problem->measure_statistics(parameters, batch);
  EXPECT_TRUE(std::ranges::equal(fresh.buffers(), used.buffers()));
  // Evaluated on the very images, it then scores them as in training.
  Examples examples{shape, {}, batch.labels};
  Batch bytes;
  for (std::size_t i = 0; i < batch.images.size(); ++i) {
    examples.images.push_back(static_cast<std::uint8_t>(37 * i % 256));
  }
  std::vector<std::uint32_t> all(examples.size());
  std::iota(all.begin(), all.end(), std::uint32_t{0});
  gather(examples, all, bytes);
  used.measure_statistics(parameters, bytes);
  const double evaluated = used.evaluate(parameters, examples).loss;
  EXPECT_NEAR(evaluated, used.loss_and_gradient(parameters, bytes, gradient), 0.01 * evaluated);
  // As before, training moves them on by a tenth.
  const float before = used.buffers().front();
  used.loss_and_gradient(parameters, bytes, gradient);
  EXPECT_NEAR(used.buffers().front(), before, 1e-5f);
  used.loss_and_gradient(parameters, batch, gradient);
  const float once = used.buffers().front();
  used.loss_and_gradient(parameters, batch, gradient);
  EXPECT_NEAR((used.buffers().front() - once) / (once - before), 0.9f, 0.01f);
}

TEST(ResNetProblem, LearnsDigits) {
  const Dataset digits = draw_digits({.train = 4'000, .test = 500, .seed = 1});
  ResNetOptions options = small_resnet(digits.shape(), digits.classes);
  options.width = 8;
  ResNetProblem problem(options, digits.shape());
  std::vector<float> parameters = problem.initial(1);
  std::vector<float> gradient(problem.size());
  Sgd sgd(problem.size());
  Shard shard(digits.train.size(), 0, 1, 1);
  Batch batch;
  const int steps = 200;
  for (int step = 0; step < steps; ++step) {
    shard.next(digits.train, 32, batch);
    problem.loss_and_gradient(parameters, batch, gradient);
    sgd.step(parameters, gradient, 0.3f * static_cast<float>(steps - step) / steps);
  }
  const Evaluation learnt = problem.evaluate(parameters, digits.test);
  EXPECT_GT(learnt.accuracy, 0.9);
  EXPECT_LT(learnt.loss, 0.4);
}

}  // namespace
}  // namespace moshpit
