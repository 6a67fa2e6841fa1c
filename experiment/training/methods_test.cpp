// Each baseline against the property that defines it.
#include <cmath>
#include <gtest/gtest.h>

#include "experiment/training/all_reduce_sgd.hpp"
#include "experiment/training/local_sgd.hpp"
#include "experiment/training/pair_gossip_sgd.hpp"
#include "experiment/training/parameter_server.hpp"
#include "experiment/training/push_sum_sgd.hpp"
#include "experiment/training/ring.hpp"
#include "experiment/training/ring_gossip_sgd.hpp"
#include "experiment/training/test_training.hpp"

namespace moshpit {
namespace {

TrainingPlan learning() {
  TrainingPlan plan;
  plan.batch = 4;
  plan.passes = 3;
  return plan;
}

// SGD with the batches of all devices as one, written down once more.
std::vector<float> big_batch_sgd(TestTraining& test) {
  const std::size_t devices = test.world.size();
  std::vector<Shard> shards;
  for (std::size_t i = 0; i < devices; ++i) {
    shards.emplace_back(test.dataset.train.size(), i, devices, test.plan.seed);
  }
  std::vector<float> parameters = test.model.initial(test.plan.seed);
  std::vector<float> slope(parameters.size());
  std::vector<float> velocity(parameters.size());
  const double budget = test.plan.passes * static_cast<double>(test.dataset.train.size());
  for (double done = 0; done < budget; done += static_cast<double>(devices * test.plan.batch)) {
    Batch all;
    for (Shard& shard : shards) {
      Batch batch;
      shard.next(test.dataset.train, test.plan.batch, batch);
      all.images.insert(all.images.end(), batch.images.begin(), batch.images.end());
      all.labels.insert(all.labels.end(), batch.labels.begin(), batch.labels.end());
    }
    test.model.loss_and_gradient(parameters, all, slope);
    double rate = test.plan.rate * std::min(1.0, (done / budget + 5.0 / 9000) / (5.0 / 90));
    for (const double decay : {30.0 / 90, 60.0 / 90, 80.0 / 90}) {
      if (done / budget >= decay) rate /= 10;
    }
    for (std::size_t i = 0; i < slope.size(); ++i) {
      const float decayed = slope[i] + 1e-4f * parameters[i];
      velocity[i] = 0.9f * velocity[i] + decayed;
      parameters[i] -= static_cast<float>(rate) * (decayed + 0.9f * velocity[i]);
    }
  }
  return parameters;
}

template <class Method>
void expect_big_batch_sgd() {
  TestTraining test(4, learning());
  Method(test.world).run();
  const auto expected = big_batch_sgd(test);
  for (std::size_t device = 0; device < 4; ++device) {
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR(test.world.parameters(device)[i], expected[i], 1e-6);
    }
  }
  EXPECT_TRUE(test.world.over());
}

TEST(AllReduceSgd, IsSgdWithTheBatchesOfAllAsOne) { expect_big_batch_sgd<AllReduceSgd>(); }

TEST(ParameterServer, IsSgdWithTheBatchesOfAllAsOne) { expect_big_batch_sgd<ParameterServer>(); }

TEST(Ring, MovesTwiceTheVectorLessItsShare) {
  Cluster cluster = test_cluster(8);
  cluster.latency_min = cluster.latency_max = Duration{0};
  Timeline timeline;
  Wires wires(cluster, timeline, Random(1));
  const Time end = ring_all_reduce(cluster, wires, std::vector<Time>(8));
  EXPECT_NEAR(seconds(end - Time{}), 2.0 * 7 / 8, 1e-6);
}

TEST(Ring, BeginsAnewUntilNobodyFails) {
  Cluster cluster = test_cluster(8);
  cluster.latency_min = cluster.latency_max = Duration{0};
  cluster.failure_rate = 0.1;
  Timeline timeline;
  Wires wires(cluster, timeline, Random(1));
  const int times = 2000;
  double sum = 0;
  for (int i = 0; i < times; ++i) {
    sum += seconds(ring_all_reduce(cluster, wires, std::vector<Time>(8)) - Time{}) / 1.75;
  }
  EXPECT_NEAR(sum / times, std::pow(0.9, -8.0), 0.1);
}

TEST(LocalSgd, KeepsTheMeanAndEndsWithOneModel) {
  TrainingPlan plan = only_averaging(1);
  plan.period = 4;
  TestTraining test(5, plan);
  test.scatter();
  const double before = test.sum(0);
  LocalSgd(test.world).run();
  EXPECT_NEAR(test.sum(0), before, 1e-5);
  EXPECT_NEAR(test.spread(), 0, 1e-6);
}

TEST(LocalSgd, WaitsForTheSlowest) {
  TrainingPlan plan = only_averaging(1);
  plan.period = 4;
  TestTraining test(4, plan);
  LocalSgd(test.world).run();
  // 96 samples are 6 periods of 16; the slowest takes 4 s for its part of each, the ring 1.5 s.
  EXPECT_GE(seconds(test.world.timeline().now() - Time{}), 6 * 5.5);
  EXPECT_LE(seconds(test.world.timeline().now() - Time{}), 6 * 6.5);
}

TEST(RingGossipSgd, ItsMatrixIsDoublyStochastic) {
  for (const std::size_t devices : {2u, 3u, 7u}) {
    for (std::size_t i = 0; i < devices; ++i) {
      double row = 0, column = 0;
      for (std::size_t j = 0; j < devices; ++j) {
        row += ring_weight(i, j, devices);
        column += ring_weight(j, i, devices);
      }
      EXPECT_NEAR(row, 1, 1e-12);
      EXPECT_NEAR(column, 1, 1e-12);
    }
  }
}

TEST(RingGossipSgd, KeepsTheMeanAndComesTogether) {
  TestTraining test(6, only_averaging(5));
  test.scatter();
  const double before = test.sum(0);
  const double spread = test.spread();
  RingGossipSgd(test.world).run();
  // Who stops first is a step or two ahead of others, and what it had sent them is not taken in.
  EXPECT_NEAR(test.sum(0), before, 1e-3);
  EXPECT_LT(test.spread(), spread / 1000);
}

TEST(PushSumSgd, LosesNoMass) {
  for (const PushSumOptions options : {PushSumOptions{1, false}, PushSumOptions{1, true},
                                       PushSumOptions{2, false}, PushSumOptions{2, true}}) {
    TestTraining test(7, only_averaging(5));
    test.scatter();
    const double before = test.sum(0);
    PushSumSgd(test.world, options).run();
    double weights = 0;
    for (std::size_t i = 0; i < 7; ++i) weights += test.world.weight(i);
    EXPECT_NEAR(weights, 7, 1e-9);
    EXPECT_NEAR(test.sum(0), before, 1e-5);
    EXPECT_LT(test.spread(), 1e-3);
  }
}

TEST(PushSumSgd, IsExactAfterLog2Rounds) {
  // 3 rounds of 8 devices.
  TestTraining test(8, only_averaging(3 * 8 / 96.0));
  test.scatter();
  PushSumSgd(test.world, {1, false}).run();
  EXPECT_NEAR(test.spread(), 0, 1e-6);
}

TEST(PushSumSgd, OverlappedHidesWhatTheNetworkTakes) {
  double took[2];
  for (const bool overlapped : {false, true}) {
    TestTraining test(6, only_averaging(2));
    PushSumSgd(test.world, {1, overlapped}).run();
    took[overlapped ? 1 : 0] = seconds(test.world.timeline().now() - Time{});
  }
  // A step of the slowest takes 1 s, and sending 1 s and more.
  EXPECT_GT(took[0], 1.6 * took[1]);
}

TEST(PairGossipSgd, KeepsTheSumAndComesTogether) {
  TestTraining test(6, only_averaging(5));
  test.scatter();
  const double before = test.sum(0);
  const double spread = test.spread();
  PairGossipSgd(test.world).run();
  EXPECT_NEAR(test.sum(0), before, 1e-5);
  EXPECT_LT(test.spread(), spread / 100);
}

TEST(PairGossipSgd, NobodyWaitsForTheSlowest) {
  TrainingPlan plan = only_averaging(5);
  plan.period = 4;
  TestTraining test(6, plan);
  PairGossipSgd(test.world).run();
  // 480 steps by devices that make 12 in a second together; lock-step would take 80 s.
  EXPECT_LT(seconds(test.world.timeline().now() - Time{}), 60);
}

TEST(TrainingWorld, TheSameSeedGivesTheSameRun) {
  std::vector<float> ends[2];
  for (auto& end : ends) {
    TestTraining test(6, learning());
    PairGossipSgd(test.world).run();
    end = test.world.parameters(3);
  }
  EXPECT_EQ(ends[0], ends[1]);
}

TEST(TrainingWorld, LooksAtTheAccuracyEvenlyOverTheSamples) {
  TrainingPlan plan = learning();
  plan.evaluations = 6;
  TestTraining test(4, plan);
  AllReduceSgd(test.world).run();
  const TrainingCurve curve = std::move(test.world).finish();
  ASSERT_EQ(curve.points.size(), 6u);
  EXPECT_EQ(curve.points.back().samples, 3 * 96);
  EXPECT_GT(curve.points.back().accuracy, curve.points.front().accuracy);
  EXPECT_NEAR(curve.own_accuracy, curve.points.back().accuracy, 1e-9);
}

}  // namespace
}  // namespace moshpit
