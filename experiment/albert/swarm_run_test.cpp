#include "experiment/albert/swarm_run.hpp"

#include <gtest/gtest.h>

#include "experiment/albert/albert_test_fleet.hpp"
#include "experiment/albert/fleet_cost.hpp"
#include "experiment/albert/machine_run.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

double last_loss(const LossCurve& curve) { return curve.back().loss; }

TEST(SwarmRun, LearnsAsOneProcessDoesInTheTimeThatTheModelSays) {
  const Fleet fleet = small_fleet(12);
  const Lesson lesson = small_lesson();
  const LossCurve alone = learn_alone(lesson, cheap_learner, always);
  ASSERT_LT(last_loss(alone), 0.1 * alone.front().loss);
  for (const std::uint32_t overlap : {0u, 1000u}) {
    const SwarmOutcome outcome = run_swarm(fleet, {}, lesson, {overlap, 1}, cheap_learner, always);
    EXPECT_EQ(outcome.preemptions, 0u);
    EXPECT_EQ(outcome.samples.lost, 0);
    EXPECT_EQ(outcome.curve.back().steps, lesson.steps);
    EXPECT_LT(last_loss(outcome.curve), 0.2 * alone.front().loss);
    EXPECT_GT(outcome.averaging_seconds, 0.1);
    const double speed = outcome.curve.back().samples / outcome.curve.back().seconds;
    Fleet steady = fleet;
    steady.away = 1ms;
    EXPECT_NEAR(speed / predicted_swarm(steady, lesson, overlap > 0), 1, 0.25) << overlap;
  }
}

// Whatever was worked on is trained, lost with a peer that was taken, or still in hand: nothing is
// counted twice, and nothing that died with its peer was trained.
TEST(SwarmRun, WhatPreemptedPeersHadIsLostAndNotCounted) {
  const Fleet fleet = small_fleet(12);
  const Lesson lesson = small_lesson();
  const auto absences = draw_absences(fleet, 1h, 3);
  const SwarmOutcome outcome = run_swarm(fleet, absences, lesson, {1000, 1}, cheap_learner, always);
  const SampleTally& samples = outcome.samples;
  EXPECT_GT(outcome.preemptions, 5u);
  EXPECT_GT(outcome.returns_with_state, 3u);
  // Whoever is taken is in the middle of a step more often than not.
  EXPECT_GT(samples.lost, static_cast<double>(outcome.preemptions));
  EXPECT_EQ(samples.worked, samples.trained + samples.lost + samples.in_hand);
  EXPECT_EQ(outcome.curve.back().steps, lesson.steps);
  EXPECT_LT(last_loss(outcome.curve), 0.2 * outcome.curve.front().loss);
  // Peers that are away cost nothing.
  const LossPoint& last = outcome.curve.back();
  EXPECT_LT(last.dollars, 0.97 * fleet.peers_dollars_per_hour() * last.seconds / 3600);
  EXPECT_GT(last.dollars, 0.5 * fleet.peers_dollars_per_hour() * last.seconds / 3600);
}

TEST(SwarmRun, IsTheSameTwice) {
  const Fleet fleet = small_fleet(6);
  Lesson lesson = small_lesson();
  lesson.steps = 8;
  const auto absences = draw_absences(fleet, 1h, 3);
  const auto run = [&] {
    return run_swarm(fleet, absences, lesson, {1000, 1}, cheap_learner, always).curve.back();
  };
  EXPECT_EQ(run().seconds, run().seconds);
  EXPECT_EQ(run().loss, run().loss);
}

}  // namespace
}  // namespace moshpit
