#include "experiment/training/moshpit_training.hpp"

#include <gtest/gtest.h>

#include "experiment/training/test_training.hpp"

namespace moshpit {
namespace {

// Enough for the product to measure the lines by: of what is shorter it learns nothing.
constexpr std::size_t elements = 50'000;

TEST(MoshpitTraining, ComesTogetherAndNobodyWaitsForTheSlowest) {
  TrainingPlan plan = only_averaging(8);
  plan.period = 8;
  TestTraining test(9, plan, elements);
  test.scatter();
  const double spread = test.spread();
  MoshpitTraining training(test.world);
  training.run();
  EXPECT_LT(test.spread(), spread / 100);
  EXPECT_GT(training.tally().rounds_averaged, training.tally().rounds * 2 / 3);
  const TrainingCurve curve = std::move(test.world).finish();
  // 768 steps by devices that make 18 in a second together; lock-step would take 86 s.
  EXPECT_LT(curve.points.back().seconds, 55);
}

TEST(MoshpitTraining, ChargesTheVectorOfResNet) {
  // A vector takes 1 s on a line, so a round of 3 takes 1.3 s. Some peers meet nobody.
  TrainingPlan plan = only_averaging(8);
  plan.period = 8;
  TestTraining test(9, plan, elements);
  MoshpitTraining training(test.world);
  training.run();
  const double mean = training.tally().seconds / static_cast<double>(training.tally().steps);
  EXPECT_GT(mean, 1.2);
  EXPECT_LT(mean, 2.5);
}

TEST(MoshpitTraining, LocalStepsWaitForAnAveragingStepUnlessTheyOverlap) {
  double took[2];
  for (const bool overlapped : {false, true}) {
    TrainingPlan plan = only_averaging(6);
    plan.period = 2;
    TestTraining test(9, plan, elements);
    for (Device& device : test.cluster.devices) device.samples_per_second = 1;
    MoshpitTraining(test.world, overlapped).run();
    took[overlapped ? 1 : 0] = std::move(test.world).finish().points.back().seconds;
  }
  // 64 steps of 1 s each; blocking, 32 averages of 1.4 s and more between them.
  EXPECT_NEAR(took[1], 64, 3);
  EXPECT_GT(took[0], 64 + 32 * 1.3);
  EXPECT_LT(took[0], 64 + 32 * 2.0);
}

TEST(MoshpitTraining, TheSameSeedGivesTheSameRun) {
  std::vector<float> ends[2];
  for (auto& end : ends) {
    TrainingPlan plan;
    plan.batch = 2;
    plan.period = 4;
    plan.passes = 4;
    plan.evaluations = 2;
    TestTraining test(4, plan, elements);
    MoshpitTraining(test.world).run();
    end = test.world.parameters(3);
  }
  EXPECT_EQ(ends[0], ends[1]);
}

TEST(MoshpitTraining, ItsGridHasAPlaceForEach) {
  EXPECT_EQ(square_for(16).text(), "4x4");
  EXPECT_EQ(square_for(64).text(), "8x8");
  EXPECT_EQ(square_for(81).text(), "9x9");
  EXPECT_EQ(square_for(65).text(), "9x9");
}

}  // namespace
}  // namespace moshpit
