#include "model/mlp.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "data/digits.hpp"
#include "data/shard.hpp"
#include "model/sgd.hpp"

namespace moshpit {
namespace {

Batch random_batch(std::size_t inputs, std::size_t classes, std::size_t examples) {
  Random random(5);
  Batch batch;
  for (std::size_t i = 0; i < inputs * examples; ++i) {
    batch.images.push_back(static_cast<float>(random.unit() - 0.5));
  }
  for (std::size_t i = 0; i < examples; ++i) {
    batch.labels.push_back(static_cast<Label>(random.below(classes)));
  }
  return batch;
}

TEST(Mlp, GradientIsTheSlopeOfTheLoss) {
  const MlpShape shape{7, 5, 3};
  Mlp mlp(shape);
  std::vector<float> parameters = mlp.initial(1);
  ASSERT_EQ(parameters.size(), 7u * 5 + 5 + 5 * 3 + 3);
  const Batch batch = random_batch(shape.inputs, shape.classes, 6);
  std::vector<float> gradient(mlp.size());
  std::vector<float> ignored(mlp.size());
  mlp.loss_and_gradient(parameters, batch, gradient);

  // Small, so that hardly a unit switches on or off; large, so that the loss moves by more than
  // rounding.
  const float nudge = 1e-3f;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const float before = parameters[i];
    parameters[i] = before + nudge;
    const double above = mlp.loss_and_gradient(parameters, batch, ignored);
    parameters[i] = before - nudge;
    const double below = mlp.loss_and_gradient(parameters, batch, ignored);
    parameters[i] = before;
    EXPECT_NEAR(gradient[i], (above - below) / (2 * nudge), 1e-3) << "parameter " << i;
  }
  const auto flat = [](float slope) { return slope == 0; };
  EXPECT_LT(std::count_if(gradient.begin(), gradient.end(), flat), 20) << "mostly dead units";
}

TEST(Mlp, LossOfAnUndecidedModelIsTheLogarithmOfTheClasses) {
  Mlp mlp({4, 3, 10});
  const std::vector<float> zeros(mlp.size());
  std::vector<float> gradient(mlp.size());
  EXPECT_NEAR(mlp.loss_and_gradient(zeros, random_batch(4, 10, 8), gradient), std::log(10.0), 1e-6);
}

TEST(Mlp, LargeScoresStayFinite) {
  Mlp mlp({4, 3, 10});
  std::vector<float> parameters = mlp.initial(1);
  for (float& parameter : parameters) parameter *= 1e4f;
  std::vector<float> gradient(mlp.size());
  EXPECT_TRUE(std::isfinite(mlp.loss_and_gradient(parameters, random_batch(4, 10, 8), gradient)));
  for (float slope : gradient) ASSERT_TRUE(std::isfinite(slope));
}

TEST(Mlp, InitialWeightsFollowTheFanInAndBiasesAreZero) {
  const MlpShape shape{784, 256, 10};
  Mlp mlp(shape);
  const std::vector<float> parameters = mlp.initial(3);
  EXPECT_EQ(parameters, mlp.initial(3));
  EXPECT_NE(parameters, mlp.initial(4));
  const std::size_t first = shape.inputs * shape.hidden;
  double squares = 0;
  for (std::size_t i = 0; i < first; ++i) squares += double{parameters[i]} * parameters[i];
  EXPECT_NEAR(squares / static_cast<double>(first), 2.0 / 784, 0.02 * 2.0 / 784);
  for (std::size_t i = 0; i < shape.hidden; ++i) ASSERT_EQ(parameters[first + i], 0.0f);
}

TEST(Mlp, EvaluatingCountsTheRightOnes) {
  // One input that the only hidden unit passes on: class 1 wins where the pixel is lit.
  Mlp mlp({1, 1, 2});
  const std::vector<float> parameters{1, 0, 0, 1, 0.5f, 0};
  const Examples examples{{1, 1, 1}, {255, 255, 0, 0}, {1, 1, 0, 1}};
  EXPECT_DOUBLE_EQ(mlp.accuracy(parameters, examples), 0.75);
  EXPECT_DOUBLE_EQ(mlp.accuracy(parameters, Examples{}), 0.0);
}

// The portable kernels agree with those that this processor gets, to the rounding of differently
// ordered sums.
TEST(MlpKernels, VariantsAgree) {
  const MlpShape shape{50, 33, 10};
  const Batch batch = random_batch(shape.inputs, shape.classes, 21);
  Mlp mlp(shape);
  const std::vector<float> parameters = mlp.initial(2);
  std::vector<float> scores[2];
  std::vector<float> gradients[2];
  const MlpKernels variants[2] = {mlp_kernels_portable(), mlp_kernels()};
  for (int i = 0; i < 2; ++i) {
    std::vector<float> hidden(shape.hidden * batch.size());
    scores[i].resize(shape.classes * batch.size());
    gradients[i].resize(mlp.size());
    const MlpWork work{shape,         batch.size(),     parameters.data(),  batch.images.data(),
                       hidden.data(), scores[i].data(), gradients[i].data()};
    variants[i].forward(work);
    variants[i].backward(work);
  }
  for (std::size_t i = 0; i < scores[0].size(); ++i) EXPECT_NEAR(scores[0][i], scores[1][i], 1e-4);
  for (std::size_t i = 0; i < mlp.size(); ++i) {
    EXPECT_NEAR(gradients[0][i], gradients[1][i], 1e-3 * (1 + std::abs(gradients[0][i])));
  }
}

// Enough images, few at once: another processor's rounding leaves a wide margin.
TEST(Mlp, LearnsDigitsInOnePass) {
  const std::size_t images = 6'000;
  const std::size_t at_once = 8;
  const Dataset digits = draw_digits({.train = images, .test = 1'000, .seed = 1});
  Mlp mlp({digits.pixels(), 256, digits.classes});
  std::vector<float> parameters = mlp.initial(1);
  EXPECT_LT(mlp.accuracy(parameters, digits.test), 0.3);
  std::vector<float> gradient(mlp.size());
  Sgd sgd(mlp.size(), {.nesterov = true});
  Shard shard(images, 0, 1, 1);
  Batch batch;
  for (std::size_t done = 0; done < images; done += at_once) {
    shard.next(digits.train, at_once, batch);
    mlp.loss_and_gradient(parameters, batch, gradient);
    const float left = 1 - static_cast<float>(done) / static_cast<float>(images);
    sgd.step(parameters, gradient, 0.02f * left);
  }
  const Evaluation learnt = mlp.evaluate(parameters, digits.test);
  EXPECT_GT(learnt.accuracy, 0.8);
  EXPECT_LT(learnt.loss, 0.7);
}

}  // namespace
}  // namespace moshpit
