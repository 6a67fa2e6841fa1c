#include "experiment/averaging_plan.hpp"

#include <cmath>
#include <gtest/gtest.h>

namespace moshpit {
namespace {

TEST(AveragingPlan, ReadsTheWordsThatItWrites) {
  for (const char* word :
       {"all-reduce", "gossip", "exponential", "push-sum", "random-groups", "moshpit"}) {
    EXPECT_EQ(word_of(parse_algorithm(word).value()), word);
  }
  for (const char* word : {"fixed", "keys"}) {
    EXPECT_EQ(word_of(parse_placement(word).value()), word);
  }
  for (const char* word : {"exclude", "group-fail"}) {
    EXPECT_EQ(word_of(parse_failure_model(word).value()), word);
  }
}

TEST(AveragingPlan, NamesTheWordsThatThereAre) {
  for (const char* word : {"", "SGP", "Gossip"}) {
    const auto algorithm = parse_algorithm(word);
    ASSERT_FALSE(algorithm);
    EXPECT_NE(algorithm.error().message().find("push-sum"), std::string::npos);
  }
  EXPECT_FALSE(parse_placement("moving"));
  EXPECT_FALSE(parse_failure_model("fail"));
}

void expect_refused(const AveragingPlan& plan, const char* reason) {
  const auto good = check(plan);
  ASSERT_FALSE(good) << reason;
  EXPECT_EQ(good.error().code(), ErrorCode::invalid_argument);
  EXPECT_NE(good.error().message().find(reason), std::string::npos) << good.error().message();
  EXPECT_NE(good.error().message().find("choose"), std::string::npos) << good.error().message();
}

TEST(AveragingPlan, RefusesWhatCannotBeRun) {
  EXPECT_TRUE(check({}));
  expect_refused({.peers = 0}, "0 peers");
  expect_refused({.peers = 1}, "1 peers");
  expect_refused({.peers = 1'000'000'000'000}, "peers");
  expect_refused({.peers = 1025}, "do not fit on the 1024 places");
  expect_refused({.group_size = 1}, "groups of 1");
  expect_refused({.failure_rate = -.1}, "failure rate");
  expect_refused({.failure_rate = 1.1}, "failure rate");
  expect_refused({.failure_rate = std::nan("")}, "failure rate");
  expect_refused({.target = 0}, "target");
  expect_refused({.target = std::nan("")}, "target");
  expect_refused({.rounds_max = 0}, "rounds");
  expect_refused({.restarts = 0}, "restarts");
  expect_refused({.rounds_max = 4'000'000'000, .restarts = 4'000'000'000}, "rounds");
}

TEST(AveragingPlan, OnlyFixedPlacesMustBeEnoughForAll) {
  EXPECT_TRUE(check({.placement = Placement::keys, .peers = 1025}));
  EXPECT_TRUE(
      check({.algorithm = Algorithm::gossip, .placement = Placement::fixed, .peers = 1025}));
}

}  // namespace
}  // namespace moshpit
