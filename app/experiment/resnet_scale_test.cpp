#include "app/experiment/resnet_scale.hpp"

#include <gtest/gtest.h>

namespace moshpit {
namespace {

TEST(ResNetScale, ComparesTheMethodsThatAreNamed) {
  ResNetExperiment options;
  EXPECT_EQ(scale_of(options).methods.size(), method_count);
  options.methods = {"moshpit-sgd", "ad-psgd", "moshpit-sgd"};
  EXPECT_EQ(scale_of(options).methods, (std::vector{Method::pair_gossip, Method::moshpit}));
}

// What a comparison is about is in it, and what sets it in proportion.
TEST(ResNetScale, TheResidualNetworkComparesMoshpitWithAllReduceAndGossip) {
  ResNetExperiment options;
  options.model = "resnet";
  for (const bool quick : {true, false}) {
    options.quick = quick;
    const ResNetScale scale = scale_of(options);
    EXPECT_EQ(scale.methods.front(), Method::all_reduce);
    EXPECT_EQ(scale.methods.back(), Method::moshpit_overlapped);
    EXPECT_EQ(scale.speeds.front(), 1);
    EXPECT_EQ(scale.model(), "resnet 8");
  }
}

// So that a device makes as many local steps among 81 as among 16.
TEST(ResNetScale, MoreDevicesMakeMorePasses) {
  ResNetExperiment options;
  options.passes = 2;
  EXPECT_EQ(scale_of(options).passes_on(16), 2);
  EXPECT_EQ(scale_of(options).passes_on(80), 10);
}

}  // namespace
}  // namespace moshpit
