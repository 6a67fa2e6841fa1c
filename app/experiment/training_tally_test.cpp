#include "app/experiment/training_tally.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace moshpit {
namespace {

nlohmann::json round(std::uint64_t step, const char* outcome, const char* id, double weight,
                     int take_overs = 0) {
  return {{"event", "round"}, {"step", step},     {"outcome", outcome},
          {"id", id},         {"weight", weight}, {"take_overs", take_overs}};
}

nlohmann::json step(std::uint64_t number, const char* averaged, double samples, double loss) {
  return {{"event", "step"},
          {"step", number},
          {"averaged", averaged},
          {"samples", samples},
          {"loss", loss}};
}

TEST(TrainingTally, AGroupsSamplesCountOnceWhoeverTellsOfIt) {
  TrainingTally tally;
  tally.hear(0, round(1, "averaged", "a", 24), 1);
  tally.hear(1, round(1, "averaged", "a", 24), 1);
  tally.hear(0, step(1, "change", 16, 4), 1);
  tally.hear(1, step(1, "change", 8, 1), 2);
  ASSERT_EQ(tally.curve().size(), 1u);
  EXPECT_DOUBLE_EQ(tally.curve()[0].samples, 24);
  EXPECT_DOUBLE_EQ(tally.curve()[0].loss, 3);
  EXPECT_DOUBLE_EQ(tally.curve()[0].seconds, 1);
  EXPECT_EQ(tally.counts().averaged, 1u);
  EXPECT_EQ(tally.counts().steps, 1u);
}

TEST(TrainingTally, StepsOfTheStateTakeInNoSamples) {
  TrainingTally tally;
  tally.hear(0, round(1, "averaged", "a", 8), 1);
  tally.hear(0, step(1, "change", 8, 4), 1);
  tally.hear(0, round(2, "averaged", "b", 2), 2);
  tally.hear(0, step(2, "state", 0, 0), 2);
  EXPECT_EQ(tally.counts().steps, 1u);
  EXPECT_DOUBLE_EQ(tally.counts().samples, 8);
  EXPECT_EQ(tally.newest_step(), 2u);
}

// One group averages without a member that died in it; another peer meets nobody, and its step is
// made of its own samples.
TEST(TrainingTally, WhoMeetsNobodyMakesAStepOfItsOwn) {
  TrainingTally tally;
  tally.hear(0, round(1, "averaged", "a", 20, 1), 1);
  tally.hear(1, round(1, "averaged", "a", 20, 1), 1);
  tally.hear(2, round(1, "alone", "", 0), 1);
  tally.hear(0, step(1, "change", 10, 2), 1);
  tally.hear(1, step(1, "change", 10, 2), 1);
  tally.hear(2, step(1, "change", 4, 2), 1);
  tally.hear(3, round(1, "failed", "c", 0), 1);
  tally.hear(3, step(1, "change", 6, 2), 1);
  const auto counts = tally.counts();
  EXPECT_DOUBLE_EQ(counts.samples, 24);
  EXPECT_DOUBLE_EQ(counts.computed, 30);
  EXPECT_EQ(counts.taken_over, 1u);
  EXPECT_EQ(counts.alone, 1u);
  EXPECT_EQ(counts.failed, 1u);
}

}  // namespace
}  // namespace moshpit
