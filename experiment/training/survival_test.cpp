#include "experiment/training/survival.hpp"

#include <gtest/gtest.h>

#include "data/digits.hpp"

namespace moshpit {
namespace {

// Eight peers, of which one dies every four seconds; in each way to train.
TEST(Survival, KillsCostLittle) {
  const Dataset digits = draw_digits();
  for (const auto mode :
       {TrainingMode::moshpit_sgd, TrainingMode::collective, TrainingMode::outer}) {
    SurvivalPlan plan;
    plan.peers = 8;
    plan.batches = 80;
    plan.mode = mode;
    if (mode == TrainingMode::collective) plan.rate = 0.1;  // it makes an eighth of the steps
    plan.kills = 0;
    const auto forever = [](double) { return true; };
    const SurvivalOutcome calm = run_survival(plan, digits, forever);
    plan.kills = 20;
    const SurvivalOutcome hunted = run_survival(plan, digits, forever);
    EXPECT_EQ(calm.kills, 0u);
    EXPECT_GT(hunted.kills, 15u);
    EXPECT_EQ(calm.samples, hunted.samples);
    EXPECT_LT(hunted.last_loss, 1.25 * calm.last_loss) << static_cast<int>(mode);
    EXPECT_LT(calm.last_loss, 2.1) << static_cast<int>(mode);
  }
}

}  // namespace
}  // namespace moshpit
