// Training in all three ways, with averaging steps as they are when nobody fails, and as they are
// when somebody does.
#include "train/training.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <memory>
#include <vector>

#include "train/training_test_model.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;
using Standing = Training::Standing;
using Samples = std::vector<TestModel::Sample>;

constexpr Time start{100s};

struct Trainee {
  TestModel model;
  Training training;

  Trainee(RunPlan plan, Standing standing = Standing::level,
          TestModel::Optimizer optimizer = TestModel::Optimizer::sgd)
      : model(optimizer), training(std::move(plan), model.trained(), 0, standing, start) {}

  void work(std::span<const TestModel::Sample> batch) {
    model.compute_gradients(batch);
    training.add_batch(static_cast<double>(batch.size()));
  }
};

RunPlan plan_with(TrainingMode mode, TestModel::Optimizer optimizer = TestModel::Optimizer::sgd) {
  TestModel model(optimizer);
  RunPlan plan = plan_for(model.trained(), mode);
  plan.target_batch = 1;
  plan.period = 4;
  return plan;
}

Training::Run run_at(std::uint64_t step, bool reached = true) { return {step, reached, start}; }

// One averaging step of everybody.
void step_together(std::vector<std::unique_ptr<Trainee>>& swarm) {
  std::vector<StepRequest> requests;
  for (auto& trainee : swarm) {
    ASSERT_TRUE(trainee->training.is_due(run_at(0)));
    requests.push_back(trainee->training.begin(run_at(0)));
  }
  auto outcomes = average(requests);
  for (std::size_t i = 0; i < swarm.size(); ++i) {
    swarm[i]->training.settle(std::move(outcomes[i]));
  }
}

void expect_near(const std::vector<float>& left, const std::vector<float>& right, float distance) {
  ASSERT_EQ(left.size(), right.size());
  for (std::size_t i = 0; i < left.size(); ++i) EXPECT_NEAR(left[i], right[i], distance);
}

class EachOptimizer : public testing::TestWithParam<TestModel::Optimizer> {};
INSTANTIATE_TEST_SUITE_P(Training, EachOptimizer,
                         testing::Values(TestModel::Optimizer::sgd, TestModel::Optimizer::adam));

// Unequal batches, and steps of the state between those of the gradients.
TEST_P(EachOptimizer, ACollectiveBatchIsOneLargeBatch) {
  RunPlan plan = plan_with(TrainingMode::collective, GetParam());
  plan.state_every = 5;
  std::vector<std::unique_ptr<Trainee>> swarm;
  for (int i = 0; i < 4; ++i) {
    swarm.push_back(std::make_unique<Trainee>(plan, Standing::level, GetParam()));
  }
  TestModel one(GetParam());
  Random random(3);
  int steps = 0;
  while (steps < 40) {
    Samples all;
    for (std::size_t i = 0; i < swarm.size(); ++i) {
      for (std::size_t batch = 0; batch <= i % 2; ++batch) {
        const Samples samples = draw_samples(1 + random.below(7), random);
        swarm[i]->work(samples);
        all.insert(all.end(), samples.begin(), samples.end());
      }
    }
    one.compute_gradients(all);
    one.step();
    step_together(swarm);
    if (++steps % 4 == 0) step_together(swarm);  // of the state: due at once
  }
  for (auto& trainee : swarm) {
    EXPECT_EQ(trainee->model.optimizer_steps, one.optimizer_steps);
    expect_near(trainee->model.parameters(), one.parameters(), 1e-4f);
    EXPECT_EQ(trainee->training.steps_begun(), 50u);
  }
}

TEST(Training, AFailedRoundKeepsTheGradients) {
  Trainee trainee(plan_with(TrainingMode::collective));
  Random random(4);
  const Samples samples = draw_samples(6, random);
  trainee.work(std::span(samples).first(4));
  const StepRequest first = trainee.training.begin(run_at(0));
  EXPECT_EQ(first.weight, 4);
  trainee.training.settle(failed(first));
  EXPECT_EQ(trainee.model.optimizer_steps, 0);
  EXPECT_EQ(trainee.training.standing(), Standing::behind);
  trainee.work(std::span(samples).subspan(4));
  const StepRequest second = trainee.training.begin(run_at(0));
  EXPECT_EQ(second.weight, 6);
  TestModel all;
  all.compute_gradients(samples);
  for (std::size_t i = 0; i < TestModel::size; ++i) {
    EXPECT_NEAR(second.values[i], all.gradients()[i], 1e-5f);
  }
}

// Batches beside a collective step count in the next one: they see the parameters where the latest
// step would bring them once more. Nobody else does, and nothing is left of it.
TEST(Training, BesideAStepGradientsAreTakenWhereParametersAreGoing) {
  RunPlan plan = plan_with(TrainingMode::collective);
  plan.overlap = 8;
  plan.state_every = 4;
  Trainee trainee(plan);
  TestModel waits;
  Random random(4);
  std::vector<float> before;
  const auto step = [&](bool fails) {
    const Samples samples = draw_samples(6, random);
    trainee.work(samples);
    waits.compute_gradients(samples);
    const StepRequest request = trainee.training.begin(run_at(0));
    std::vector<float> beside = trainee.model.parameters();
    const auto state = trainee.training.state();
    EXPECT_TRUE(std::equal(waits.parameters().begin(), waits.parameters().end(), state.begin()));
    before = waits.parameters();
    if (!fails && request.what == Averaged::change) waits.step();
    trainee.training.settle(fails ? failed(request) : average({request}).front());
    EXPECT_EQ(trainee.model.parameters(), waits.parameters());
    return beside;
  };
  EXPECT_EQ(step(false), before) << "nobody knows yet where they are going";
  const std::vector<float> first = before;
  std::vector<float> going = waits.parameters();
  for (std::size_t i = 0; i < going.size(); ++i) going[i] += going[i] - first[i];
  expect_near(step(false), going, 1e-6f);
  EXPECT_NE(step(false), before);
  EXPECT_EQ(step(false), before) << "a step of the state moves nothing";
  EXPECT_NE(step(true), before);
}

TEST(Training, AMoveThatWasNotFiniteIsNotMadeAgain) {
  RunPlan plan = plan_with(TrainingMode::collective);
  plan.overlap = 8;
  plan.state_every = 4;
  Trainee trainee(plan);
  Random random(4);
  for (int step = 1; step <= 5; ++step) {
    trainee.work(draw_samples(6, random));
    const StepRequest request = trainee.training.begin(run_at(0));
    for (const float value : trainee.model.parameters()) EXPECT_TRUE(std::isfinite(value)) << step;
    StepOutcome outcome = average({request}).front();
    if (step == 2) outcome.values.front() = std::numeric_limits<float>::infinity();
    trainee.training.settle(std::move(outcome));
  }
  EXPECT_EQ(trainee.training.standing(), Standing::level);
}

TEST(Training, WhoIsAloneTakesItsOwnGradients) {
  Trainee trainee(plan_with(TrainingMode::collective));
  Random random(4);
  trainee.work(draw_samples(6, random));
  StepOutcome outcome = failed(trainee.training.begin(run_at(0)));
  outcome.report.rounds[0].outcome = RoundOutcome::alone;
  trainee.training.settle(std::move(outcome));
  EXPECT_EQ(trainee.model.optimizer_steps, 1);
  EXPECT_EQ(trainee.training.standing(), Standing::level);
}

TEST(Training, GradientsThatAreNotFiniteAreDropped) {
  Trainee trainee(plan_with(TrainingMode::collective));
  Random random(4);
  trainee.work(draw_samples(6, random));
  trainee.model.gradients()[2] = std::numeric_limits<float>::quiet_NaN();
  trainee.training.add_batch(3);
  EXPECT_EQ(trainee.training.dropped(), 1u);
  EXPECT_EQ(trainee.training.samples_since_step(), 6);
}

// A newcomer that could download nothing takes the state of the others and gives nothing.
TEST(Training, ANewcomerHasNoWeightUntilItIsLevel) {
  for (const auto mode :
       {TrainingMode::moshpit_sgd, TrainingMode::collective, TrainingMode::outer}) {
    RunPlan plan = plan_with(mode);
    plan.state_every = 2;
    std::vector<std::unique_ptr<Trainee>> swarm;
    swarm.push_back(std::make_unique<Trainee>(plan));
    swarm.push_back(std::make_unique<Trainee>(plan, Standing::newcomer));
    swarm[1]->model.parameters().assign(TestModel::size, 1000.0f);
    Random random(5);
    for (std::uint64_t step = 1; step <= 2; ++step) {
      for (int i = 0; i < 4; ++i) {
        for (auto& trainee : swarm) trainee->work(draw_samples(3, random));
      }
      EXPECT_EQ(swarm[1]->training.standing(), step == 1 || mode != TrainingMode::moshpit_sgd
                                                   ? Standing::newcomer
                                                   : Standing::level);
      step_together(swarm);
    }
    EXPECT_EQ(swarm[1]->training.standing(), Standing::level);
    // An outer step leaves local work where it is.
    if (mode == TrainingMode::outer) continue;
    expect_near(swarm[0]->model.parameters(), swarm[1]->model.parameters(), 1e-5f);
    EXPECT_LT(std::abs(swarm[0]->model.parameters()[0]), 100.0f);
  }
}

// All who had the state of the run are dead: the others begin anew, together.
TEST(Training, NewcomersAmongThemselvesBecomeLevel) {
  std::vector<std::unique_ptr<Trainee>> swarm;
  for (int i = 0; i < 2; ++i) {
    swarm.push_back(
        std::make_unique<Trainee>(plan_with(TrainingMode::moshpit_sgd), Standing::newcomer));
    swarm.back()->model.parameters().assign(TestModel::size, static_cast<float>(i));
  }
  Random random(13);
  for (int i = 0; i < 4; ++i) {
    for (auto& trainee : swarm) trainee->work(draw_samples(3, random));
  }
  step_together(swarm);
  EXPECT_EQ(swarm[0]->training.standing(), Standing::level);
  expect_near(swarm[0]->model.parameters(), swarm[1]->model.parameters(), 1e-6f);
}

// DiLoCo's algorithm 1, written down again.
TEST(Training, AnOuterStepIsNesterovsOnTheMeanChange) {
  RunPlan plan = plan_with(TrainingMode::outer);
  plan.state_every = 3;
  std::vector<std::unique_ptr<Trainee>> swarm;
  for (int i = 0; i < 3; ++i) swarm.push_back(std::make_unique<Trainee>(plan));
  std::vector<TestModel> inner(3);
  std::vector<double> anchor(TestModel::size);
  std::vector<double> velocity(TestModel::size);
  Random random(6);
  for (int step = 1; step <= 10; ++step) {
    for (int local = 0; local < 4; ++local) {
      for (std::size_t i = 0; i < swarm.size(); ++i) {
        const Samples samples = draw_samples(5, random);
        swarm[i]->work(samples);
        inner[i].compute_gradients(samples);
        inner[i].step();
      }
    }
    step_together(swarm);
    for (std::size_t k = 0; k < TestModel::size; ++k) {
      double change = 0;
      for (TestModel& model : inner) change += (anchor[k] - model.parameters()[k]) / 3;
      velocity[k] = 0.9 * velocity[k] + change;
      anchor[k] -= 0.7 * (change + 0.9 * velocity[k]);
      for (TestModel& model : inner) model.parameters()[k] = static_cast<float>(anchor[k]);
    }
    if (step % 2 == 0) step_together(swarm);  // of the state
    for (std::size_t i = 0; i < swarm.size(); ++i) {
      expect_near(swarm[i]->model.parameters(), inner[i].parameters(), 1e-4f);
    }
  }
}

// Local steps go on while the step is under way, in every local way to train.
TEST(Training, WorkBesideAnAveragingStepSurvives) {
  for (const auto mode : {TrainingMode::moshpit_sgd, TrainingMode::outer}) {
    RunPlan plan = plan_with(mode);
    plan.overlap = 3;
    Trainee trainee(plan);
    Random random(7);
    for (int i = 0; i < 4; ++i) trainee.work(draw_samples(3, random));
    StepRequest request = trainee.training.begin(run_at(0));
    const auto before = trainee.model.parameters();
    for (int i = 0; i < 2; ++i) {
      EXPECT_FALSE(trainee.training.must_wait());
      trainee.work(draw_samples(3, random));
    }
    std::vector<float> work = trainee.model.parameters();
    for (std::size_t i = 0; i < work.size(); ++i) work[i] -= before[i];
    TestModel copy;
    copy.parameters() = before;
    trainee.training.settle(average({request}).front());
    std::vector<float> mean = trainee.model.parameters();
    for (std::size_t i = 0; i < work.size(); ++i) mean[i] -= work[i];
    // Nesterov's first step from zero: 0.7 (1 + 0.9) times the change.
    const float step = mode == TrainingMode::outer ? 1.33f : 1.0f;
    std::vector<float> expected = before;
    for (float& value : expected) value *= step;
    expect_near(mean, expected, 1e-5f);
    EXPECT_EQ(trainee.training.samples_since_step(), 6);
    trainee.work(draw_samples(3, random));
    trainee.work(draw_samples(3, random));
    EXPECT_TRUE(trainee.training.is_due(run_at(0)));
    trainee.training.begin(run_at(0));
    for (int i = 0; i < 3; ++i) trainee.work(draw_samples(3, random));
    EXPECT_TRUE(trainee.training.must_wait());
  }
}

// A peer that missed steps counts for nothing beside those that did not, and comes back to them.
TEST(Training, TheStateStepBringsBackWhoMissedSome) {
  RunPlan plan = plan_with(TrainingMode::collective);
  plan.state_every = 4;
  std::vector<std::unique_ptr<Trainee>> swarm;
  for (int i = 0; i < 3; ++i) swarm.push_back(std::make_unique<Trainee>(plan));
  Random random(8);
  for (std::uint64_t step = 1; step <= 3; ++step) {
    for (auto& trainee : swarm) trainee->work(draw_samples(3, random));
    std::vector<StepRequest> requests;
    for (auto& trainee : swarm) requests.push_back(trainee->training.begin(run_at(0)));
    const StepRequest lost = requests.back();
    requests.pop_back();
    auto outcomes = average(requests);
    swarm[0]->training.settle(std::move(outcomes[0]));
    swarm[1]->training.settle(std::move(outcomes[1]));
    swarm[2]->training.settle(failed(lost));
  }
  const auto good = swarm[0]->model.parameters();
  EXPECT_GT(std::abs(good[1] - swarm[2]->model.parameters()[1]), 0.01f);
  step_together(swarm);
  EXPECT_EQ(swarm[2]->training.standing(), Standing::level);
  expect_near(swarm[2]->model.parameters(), good, 1e-4f);
  expect_near(swarm[2]->model.memory(), swarm[0]->model.memory(), 1e-6f);
  // Its work of the three steps is not lost.
  swarm[2]->work(draw_samples(3, random));
  EXPECT_EQ(swarm[2]->training.begin(run_at(0)).weight, 12);
}

// The second moment of Adam stays above zero whatever the others have.
TEST(Training, EstimatesThatAreNotNegativeStaySo) {
  RunPlan plan = plan_with(TrainingMode::moshpit_sgd, TestModel::Optimizer::adam);
  Trainee trainee(plan, Standing::level, TestModel::Optimizer::adam);
  Random random(9);
  for (int i = 0; i < 4; ++i) trainee.work(draw_samples(3, random));
  const StepRequest request = trainee.training.begin(run_at(0));
  StepRequest other = request;
  for (float& value : other.values) value = 0;
  other.weight = 1e6;
  for (int i = 0; i < 3; ++i) trainee.work(draw_samples(3, random));
  for (std::size_t i = 0; i < TestModel::size; ++i) {
    trainee.model.memory()[TestModel::size + i] *= 0.5f;
  }
  trainee.training.settle(average({request, other}).front());
  for (std::size_t i = 0; i < TestModel::size; ++i) {
    EXPECT_GT(trainee.model.memory()[TestModel::size + i], 0);
  }
}

TEST(Training, WhoseTrainingRunsAwayGoesBackToTheMean) {
  for (const auto mode : {TrainingMode::moshpit_sgd, TrainingMode::outer}) {
    std::vector<std::unique_ptr<Trainee>> swarm;
    for (int i = 0; i < 2; ++i) swarm.push_back(std::make_unique<Trainee>(plan_with(mode)));
    Random random(10);
    for (int i = 0; i < 4; ++i) {
      for (auto& trainee : swarm) trainee->work(draw_samples(3, random));
    }
    swarm[1]->model.parameters()[0] = std::numeric_limits<float>::infinity();
    swarm[1]->model.statistics()[0] = std::numeric_limits<float>::quiet_NaN();
    step_together(swarm);
    EXPECT_EQ(swarm[1]->training.dropped(), 1u);
    for (auto& trainee : swarm) {
      for (const float value : trainee->training.state()) EXPECT_TRUE(std::isfinite(value));
    }
  }
}

TEST(Training, APeriodOfTimeCountsNoSteps) {
  RunPlan plan = plan_with(TrainingMode::moshpit_sgd);
  plan.period_time = 10s;
  Trainee trainee(plan);
  Random random(11);
  for (int i = 0; i < 9; ++i) trainee.work(draw_samples(3, random));
  EXPECT_FALSE(trainee.training.is_due({0, false, start + 9s}));
  EXPECT_TRUE(trainee.training.is_due({0, false, start + 10s}));
  trainee.training.settle(average({trainee.training.begin({0, false, start + 12s})}).front());
  EXPECT_FALSE(trainee.training.is_due({0, false, start + 21s}));
  EXPECT_TRUE(trainee.training.is_due({0, false, start + 22s}));
}

// What a newcomer downloads is what the step settled, and it trains on from there.
TEST(Training, TheSettledStateIsLoadedElsewhere) {
  for (const auto mode :
       {TrainingMode::moshpit_sgd, TrainingMode::collective, TrainingMode::outer}) {
    RunPlan plan = plan_with(mode);
    plan.state_every = 2;
    Trainee trainee(plan);
    Trainee late(plan, Standing::newcomer);
    Random random(12);
    for (int i = 0; i < 4; ++i) trainee.work(draw_samples(3, random));
    trainee.training.settle(average({trainee.training.begin(run_at(0))}).front());
    if (mode != TrainingMode::moshpit_sgd) {
      EXPECT_EQ(trainee.training.take_settled(), std::nullopt);
      trainee.training.settle(average({trainee.training.begin(run_at(0))}).front());
    }
    const auto settled = trainee.training.take_settled();
    ASSERT_TRUE(settled.has_value());
    late.training.load_state(*settled, trainee.training.steps_begun(), Standing::behind);
    EXPECT_EQ(late.training.state(), trainee.training.state());
    EXPECT_EQ(late.model.parameters(), trainee.model.parameters());
    EXPECT_EQ(late.training.steps_begun(), trainee.training.steps_begun());
  }
}

TEST(AveragedAt, TheLastStepTakesInWorkAndThoseAfterItAgree) {
  RunPlan plan;
  plan.mode = TrainingMode::outer;
  plan.state_every = 4;
  plan.steps = 8;
  for (std::uint64_t step = 1; step < 12; ++step) {
    const bool state = step == 4 || step > 8;
    EXPECT_EQ(averaged_at(plan, step), state ? Averaged::state : Averaged::change) << step;
  }
  plan.mode = TrainingMode::moshpit_sgd;
  EXPECT_EQ(averaged_at(plan, 1), Averaged::state);
}

}  // namespace
}  // namespace moshpit
