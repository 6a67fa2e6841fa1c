#include "torch/albert.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "model/schedule.hpp"
#include "torch/albert_problem.hpp"
#include "torch/lamb.hpp"
#include "torch/module_vectors.hpp"
#include "torch/test_text.hpp"
#include "torch/vocabulary.hpp"

namespace moshpit {
namespace {

std::int64_t parameters_of(const torch::nn::Module& module) {
  std::int64_t sum = 0;
  for (const auto& parameter : module.parameters()) sum += parameter.numel();
  return sum;
}

// The paper's table 1 says 12 M and 18 M; by the shapes of its layers that is:
TEST(Albert, ConfigurationsHaveTheirSizes) {
  EXPECT_EQ(parameters_of(*AlbertEncoder(albert_base())), 11'683'584);
  EXPECT_EQ(parameters_of(*AlbertEncoder(albert_large())), 17'683'968);
  const auto tiny = parameters_of(*AlbertEncoder(albert_tiny(2'000, 128)));
  EXPECT_NEAR(static_cast<double>(tiny - 2'000 * 64), 0.23e6, 0.01e6);
}

AlbertOptions smallest(std::int64_t vocabulary) {
  return {.vocabulary = vocabulary,
          .positions = 32,
          .embedding = 8,
          .hidden = 16,
          .layers = 3,
          .heads = 2,
          .inner = 32};
}

TEST(Albert, PaddingChangesNothing) {
  torch::NoGradGuard untracked;
  Albert albert(smallest(50));
  albert->initialise(1);
  const auto tokens = torch::randint(5, 50, {2, 12}, torch::kInt64);
  const auto segments = torch::zeros({2, 12}, torch::kInt64);
  const auto none = torch::zeros({2, 12}, torch::kBool);
  const auto short_one = albert->encoder()->forward(tokens, segments, none);
  const auto junk = torch::randint(5, 50, {2, 8}, torch::kInt64);
  const auto long_one = albert->encoder()->forward(
      torch::cat({tokens, junk}, 1), torch::zeros({2, 20}, torch::kInt64),
      torch::cat({none, torch::ones({2, 8}, torch::kBool)}, 1));
  EXPECT_TRUE(torch::allclose(short_one, long_one.narrow(1, 0, 12), 1e-4, 1e-5));
}

// Tokens at random, so that every part of the network has a slope.
TextBatch noise(std::size_t samples, std::size_t length, std::size_t vocabulary) {
  Random random(3);
  TextBatch batch;
  batch.length = length;
  for (std::size_t i = 0; i < samples * length; ++i) {
    batch.tokens.push_back(static_cast<Token>(5 + random.below(vocabulary - 5)));
    batch.segments.push_back(i % length > length / 2);
    if (i % 5 != 2) continue;
    batch.hidden.push_back(static_cast<std::uint32_t>(i));
    batch.truth.push_back(static_cast<Token>(5 + random.below(vocabulary - 5)));
  }
  for (std::size_t i = 0; i < samples; ++i) {
    batch.lengths.push_back(static_cast<std::uint32_t>(length - i % 2));
    batch.swapped.push_back(i % 2 == 0);
  }
  return batch;
}

TEST(AlbertProblem, GradientIsTheSlopeOfTheLoss) {
  AlbertProblem problem(smallest(40));
  std::vector<float> parameters = problem.initial(1);
  Random random(7);
  for (float& parameter : parameters) parameter += static_cast<float>(0.1 * random.normal());
  const TextBatch batch = noise(6, 16, 40);
  std::vector<float> gradient(problem.size());
  problem.loss_and_gradient(parameters, batch, gradient);
  std::vector<float> ignored(problem.size());
  for (int direction = 0; direction < 10; ++direction) {
    std::vector<float> above = parameters;
    std::vector<float> below = parameters;
    double expected = 0;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const auto nudge = static_cast<float>(1e-3 * random.normal());
      above[i] += nudge;
      below[i] -= nudge;
      expected += double{gradient[i]} * nudge;
    }
    const double found = (problem.loss_and_gradient(above, batch, ignored) -
                          problem.loss_and_gradient(below, batch, ignored)) /
                         2;
    EXPECT_NEAR(found, expected, 1e-4 + 0.05 * std::abs(expected));
  }
}

TEST(AlbertProblem, UndecidedLossIsTheLogarithmOfTheChoices) {
  AlbertProblem problem(smallest(40));
  const std::vector<float> zeros(problem.size());
  const std::vector<TextBatch> batches{noise(4, 16, 40)};
  const TextEvaluation evaluation = problem.evaluate(zeros, batches);
  EXPECT_NEAR(evaluation.token_loss, std::log(40.0), 1e-5);
  EXPECT_NEAR(evaluation.order_loss, std::log(2.0), 1e-5);
  EXPECT_EQ(problem.evaluate(zeros, {}).loss(), 0);
}

// The whole way: a text, its pieces, hidden words and swapped parts, ALBERT and LAMB.
TEST(AlbertProblem, LearnsHiddenWordsAndTheOrderOfParts) {
  const Text text = draw_text(300, 1);
  const Vocabulary vocabulary = Vocabulary::learn(text, 64).value();
  const TokenisedText tokens = vocabulary.tokenise(text);
  const TokenisedText unseen = vocabulary.tokenise(draw_text(60, 2));
  auto train = MaskedText::of(tokens, 16, 0, 1, 1).value();
  std::vector<TextBatch> test(1);
  MaskedText::of(unseen, 16, 0, 1, 2).value().next(100, test[0]);

  AlbertOptions options = albert_tiny(static_cast<std::int64_t>(vocabulary.size()), 16);
  options.layers = 2;
  AlbertProblem problem(options);
  const std::vector<float> initial = problem.initial(1);
  const TextEvaluation before = problem.evaluate(initial, test);
  // The problem tells the slope, and LAMB steps on a module of its own.
  Albert albert(options);
  albert->initialise(1);
  Lamb lamb(lamb_groups(*albert, LambOptions(0.01)));
  auto vectors = ModuleVectors::of(*albert, &lamb).value();
  ASSERT_TRUE(std::ranges::equal(vectors.parameters(), initial));
  TextBatch batch;
  const int steps = 300;
  for (int step = 0; step < steps; ++step) {
    train.next(16, batch);
    problem.loss_and_gradient(vectors.parameters(), batch, vectors.gradients());
    vectors.set_learning_rate(
        learning_rate({.peak = 0.02, .warm_up = 30, .total = steps, .decay = Decay::linear}, step));
    vectors.step();
  }
  const TextEvaluation learnt = problem.evaluate(vectors.parameters(), test);
  EXPECT_LT(learnt.token_loss, before.token_loss / 3);
  EXPECT_GT(learnt.token_accuracy, 0.55);
  EXPECT_GT(learnt.order_accuracy, 0.9);
}

}  // namespace
}  // namespace moshpit
