#include "experiment/training/study.hpp"

#include <algorithm>
#include <gtest/gtest.h>

#include "experiment/training/cost_model.hpp"
#include "experiment/training/test_training.hpp"

namespace moshpit {
namespace {

// Everybody comes to 90 % in a time that the test names, AR-SGD to 90 % too.
TrainingResult result_after(double seconds, double accuracy = 0.9) {
  TrainingResult result;
  result.curve.points = {{100, seconds / 2, accuracy / 2}, {200, seconds, accuracy}};
  result.curve.own_accuracy = accuracy - 0.01;
  return result;
}

struct Played {
  std::vector<RunChoice> choices;
  std::optional<StudyOutcome> outcome;
};

std::vector<Method> all_methods() {
  std::vector<Method> all;
  for (const MethodDescription& method : methods) all.push_back(method.method);
  return all;
}

Played play(const std::function<TrainingResult(const RunChoice&)>& run,
            std::vector<Method> compared = all_methods(), std::uint64_t seeds_to_choose = 1) {
  Played played;
  StudyPlan plan{
      "test", std::move(compared), {0.1f, 0.2f}, {1, 4}, {1, 0.75, 1.25}, 3, seeds_to_choose, 2};
  const auto cluster_of = [](const std::string&, double speed) {
    return with_speed(test_cluster(4), speed);
  };
  played.outcome = run_study(plan, cluster_of, [&](const std::vector<RunChoice>& choices) {
    std::vector<TrainingResult> results;
    for (const RunChoice& choice : choices) results.push_back(run(choice));
    played.choices.insert(played.choices.end(), choices.begin(), choices.end());
    return std::optional(results);
  });
  return played;
}

TEST(Study, SetsTheTargetByAllReduceOnTheHomogeneousCluster) {
  const Played played = play([](const RunChoice& choice) {
    const bool sets = choice.cluster == "homogeneous";
    return result_after(10, sets ? 0.8 + 0.1 * static_cast<double>(choice.rate == 0.2f) : 0.5);
  });
  EXPECT_NEAR(played.outcome->all_reduce_accuracy, 0.9, 1e-9);
  EXPECT_NEAR(played.outcome->targets[0], 0.89, 1e-9);
  EXPECT_EQ(played.outcome->speeds[0].over_all_reduce(0), std::nullopt);
}

TEST(Study, ChoosesForEachMethodByTheSameRule) {
  const Played played = play([](const RunChoice& choice) {
    const bool good =
        choice.rate == 0.2f && (choice.period == 4 || !describe(choice.method).has_period);
    return result_after(good ? 10 : 20);
  });
  for (const MethodOutcome& method : played.outcome->speeds[0].methods) {
    EXPECT_EQ(method.rate, 0.2f) << describe(method.method).word;
    EXPECT_EQ(method.period, describe(method.method).has_period ? 4u : 1u);
    EXPECT_EQ(method.seeds, 3u);
  }
  EXPECT_EQ(played.outcome->speeds[1].methods[0].seeds, 2u);
  // No method has a try that another one has not, but for the period of those that have none.
  for (const MethodDescription& method : methods) {
    const auto tried = std::ranges::count_if(played.choices, [&](const RunChoice& choice) {
      return choice.method == method.method && choice.cluster == "test";
    });
    EXPECT_EQ(tried, (method.has_period ? 4 : 2) + 3 + 2 + 2);
  }
}

// At the lower rate one seed is lucky, and the others never come to the target.
TEST(Study, SeveralSeedsChooseWhatOneSeedWouldNot) {
  const auto run = [](const RunChoice& choice) {
    if (choice.method == Method::all_reduce || choice.rate == 0.2f) return result_after(20);
    return result_after(10, choice.seed == 1 ? 0.9 : 0.8);
  };
  const std::vector<Method> compared = {Method::pair_gossip};
  const Played lucky = play(run, compared);
  const Played sure = play(run, compared, 3);
  EXPECT_EQ(lucky.outcome->speeds[0].methods[0].rate, 0.1f);
  EXPECT_FALSE(lucky.outcome->speeds[0].methods[0].reaches(0));
  EXPECT_EQ(sure.outcome->speeds[0].methods[0].rate, 0.2f);
  EXPECT_TRUE(sure.outcome->speeds[0].methods[0].reaches(0));
}

TEST(Study, ComparesWithTheBestGossipThatReachesTheTarget) {
  const Played played = play([](const RunChoice& choice) {
    switch (choice.method) {
      case Method::all_reduce:
        return result_after(60);
      case Method::pair_gossip:
        return result_after(10, 0.8);  // fast, and not there
      case Method::push_sum:
        return result_after(choice.seed == 2 ? 12 : 11, choice.seed == 2 ? 0.8 : 0.9);
      case Method::push_sum_overlapped:
        return result_after(40);
      case Method::moshpit:
        return result_after(20);
      case Method::moshpit_overlapped:
        return result_after(10, 0.8);  // fast, and not there
      default:
        return result_after(100);
    }
  });
  const SpeedOutcome& at_speed = played.outcome->speeds[0];
  EXPECT_EQ(at_speed.best_gossip(0)->method, Method::push_sum_overlapped);
  EXPECT_NEAR(*at_speed.over_best_gossip(0), 2, 1e-9);
  EXPECT_NEAR(*at_speed.over_all_reduce(0), 3, 1e-9);
  EXPECT_EQ(at_speed.find(Method::push_sum)->targets[0].reached, 2u);
}

TEST(Study, ComparesThoseThatItIsTold) {
  const Played played = play([](const RunChoice&) { return result_after(10); },
                             {Method::pair_gossip, Method::moshpit_overlapped});
  const SpeedOutcome& at_speed = played.outcome->speeds[0];
  ASSERT_EQ(at_speed.methods.size(), 2u);
  EXPECT_EQ(at_speed.methods[1].method, Method::moshpit_overlapped);
  EXPECT_FALSE(at_speed.find(Method::all_reduce));
  EXPECT_NEAR(*at_speed.over_best_gossip(0), 1, 1e-9);
  EXPECT_FALSE(at_speed.over_all_reduce(0));
  for (const RunChoice& choice : played.choices) {
    const bool sets_the_target = choice.cluster == "homogeneous";
    EXPECT_EQ(choice.method == Method::all_reduce, sets_the_target);
  }
}

TEST(Study, FindsATargetStraightBetweenPoints) {
  const std::vector<CurvePoint> curve{{100, 10, 0.5}, {200, 20, 0.7}, {300, 30, 0.6}};
  EXPECT_NEAR(first_at(curve, 0.6)->seconds, 15, 1e-9);
  EXPECT_NEAR(first_at(curve, 0.6)->samples, 150, 1e-9);
  EXPECT_FALSE(first_at(curve, 0.71));
}

// Where nobody waits for anybody but as the model says, the simulation must agree with it.
TEST(CostModel, IsWhatTheSimulationMeasures) {
  Cluster cluster = test_cluster(9);
  for (Device& device : cluster.devices) device.samples_per_second = 1;
  cluster.round_delay = Duration{0};
  TrainingPlan plan = only_averaging(6);
  for (const MethodDescription& method : methods) {
    // Who waits in line at a passive device is not in the model, and groups take their time.
    if (method.method == Method::pair_gossip) continue;
    plan.period = method.has_period ? 2 : 1;
    // The product measures its lines by what is long enough.
    const std::size_t elements = method.is_moshpit ? 50'000 : 6;
    Quadratic model(elements);
    const Dataset dataset = random_dataset(96, elements);
    const auto result = run_method(method.method, cluster, plan, model, dataset);
    const double predicted = predicted_samples_per_second(method.method, cluster, plan.period);
    EXPECT_NEAR(result.charged_samples_per_second / predicted, 1, 0.08) << method.word;
  }
}

}  // namespace
}  // namespace moshpit
