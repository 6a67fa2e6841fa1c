#include "experiment/albert/albert_comparison.hpp"

#include <gtest/gtest.h>

#include "experiment/albert/albert_test_fleet.hpp"
#include "experiment/albert/fleet_cost.hpp"
#include "experiment/albert/machine_run.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

TEST(LossCurve, IsReadBetweenItsPoints) {
  const LossCurve curve{{0, 0, 0, 0, 8}, {10, 100, 20, 1, 6}, {20, 200, 40, 3, 4}};
  const auto point = first_at(curve, 5);
  ASSERT_TRUE(point);
  EXPECT_EQ(point->steps, 15u);
  EXPECT_DOUBLE_EQ(point->samples, 150);
  EXPECT_DOUBLE_EQ(point->seconds, 30);
  EXPECT_DOUBLE_EQ(point->dollars, 2);
  EXPECT_EQ(first_at(curve, 8)->steps, 0u);
  EXPECT_FALSE(first_at(curve, 3.9));
}

TEST(MachineRun, AStepIsTheBatchAndTheRing) {
  const Fleet fleet = small_fleet(9);
  // 64 samples at 4 a second; 200 kB at 1 GB/s, half of it twice, and two latencies.
  EXPECT_NEAR(machine_step_seconds(fleet), 16 + 0.0002 + 0.00004, 1e-9);
  const LossCurve curve = on_machine({{0, 0, 0, 0, 8}, {100, 6400, 0, 0, 4}}, fleet);
  EXPECT_NEAR(curve[1].seconds, 1600, 0.1);
  EXPECT_NEAR(curve[1].dollars, 10 * 1600.0 / 3600, 0.01);
}

TEST(MachineRun, AllReduceBeginsAnewWhenSomebodyIsTaken) {
  const Fleet fleet = small_fleet(3);  // 6 samples a second: 10.67 s, and 0.27 s for the ring
  const double step = 64.0 / 6 + 4 * (200e3 / 3 / 1e6 + 0.003);
  const auto calm = all_reduce_step_ends(fleet, {}, 3);
  ASSERT_EQ(calm.size(), 3u);
  EXPECT_NEAR(calm[2], 3 * step, 1e-6);
  // The fastest is away from 5 s to 6 s. The step begins anew at 5 s with the two others, at half
  // the speed; with the next one it is there again.
  const auto disturbed = all_reduce_step_ends(fleet, {{2, 5s, 6s}}, 2);
  const double alone = 64.0 / 3 + 2 * (200e3 / 2 / 1e6 + 0.003);
  EXPECT_NEAR(disturbed[0], 5 + alone, 1e-6);
  EXPECT_NEAR(disturbed[1], 5 + alone + step, 1e-6);
  // With nobody there it waits.
  const auto nobody = all_reduce_step_ends(fleet, {{0, 1s, 9s}, {1, 1s, 9s}, {2, 1s, 9s}}, 1);
  EXPECT_NEAR(nobody[0], 9 + step, 1e-6);
}

TEST(MachineRun, AllReduceIsAsSlowAsTheModelSays) {
  const Fleet fleet = small_fleet(9);
  const std::uint64_t steps = 300;
  const auto ends = all_reduce_step_ends(fleet, draw_absences(fleet, 100h, 1), steps);
  ASSERT_EQ(ends.size(), steps);
  const double measured = fleet.charged_batch * static_cast<double>(steps) / ends.back();
  EXPECT_NEAR(measured / predicted_all_reduced(fleet), 1, 0.15);
}

TEST(AlbertComparison, TakesTheLossOfTheMachineAsTarget) {
  const Fleet fleet = small_fleet(9);
  Lesson lesson = small_lesson();
  lesson.steps = 100;
  AlbertRuns runs;
  runs.alone = {{0, 0, 0, 0, 8}, {40, 2560, 0, 0, 6}, {80, 5120, 0, 0, 5}, {100, 6400, 0, 0, 4.5}};
  runs.overlapped = {{0, 0, 0, 0, 8}, {100, 6400, 640, 1, 5}};
  runs.waiting = {{0, 0, 0, 0, 8}, {100, 6400, 1000, 2, 5.5}};
  runs.at_speeds = {{0.5, {{0, 0, 0, 0, 8}, {100, 6400, 1280, 1, 5}}}};
  const AlbertComparison comparison = compare(runs, fleet, {}, lesson);
  EXPECT_EQ(comparison.target, 5);
  ASSERT_EQ(comparison.methods.size(), 4u);
  ASSERT_TRUE(comparison.speedup);
  EXPECT_NEAR(*comparison.speedup, 2, 0.01);  // 80 steps of 16 s by 640 s
  EXPECT_NEAR(*comparison.cost_ratio, 10 * 1280.0 / 3600, 0.01);
  EXPECT_FALSE(comparison.methods[2].reached);
  EXPECT_NEAR(comparison.methods[1].measured, 10, 1e-9);
  ASSERT_EQ(comparison.speeds.size(), 1u);
  EXPECT_NEAR(*comparison.speeds[0].speedup_all, 2, 0.01);
  EXPECT_NEAR(*comparison.speeds[0].speedup_peers, 1, 0.01);
}

}  // namespace
}  // namespace moshpit
