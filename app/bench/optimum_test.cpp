#include "app/bench/optimum.hpp"

#include <gtest/gtest.h>

namespace moshpit {
namespace {

BenchAllReduceOptions with(BandwidthLimit all, BandwidthLimit last) {
  BenchAllReduceOptions options;
  options.bytes = 16'000'000;
  options.peer.bandwidth = all;
  options.last = last;
  return options;
}

TEST(Optimum, EqualLinesMoveTwiceTheOthersShareOfTheVector) {
  const auto options = with({80'000'000, 40'000'000}, {});
  EXPECT_NEAR(*optimum_of(options, Codec::fp32), 1.5 * 16e6 / 40e6, 1e-9);
  EXPECT_NEAR(*optimum_of(options, Codec::fp16), 1.5 * 8e6 / 40e6, 1e-9);
}

TEST(Optimum, OneSlowLineCarriesItsOwnVectorAndNoMore) {
  EXPECT_NEAR(*optimum_of(with({80'000'000, 80'000'000}, {8'000'000, 0}), Codec::fp32), 16e6 / 8e6,
              1e-9);
}

TEST(Optimum, IsNotKnownForLinesWithoutALimit) {
  EXPECT_FALSE(optimum_of(with({}, {}), Codec::fp32));
  EXPECT_FALSE(optimum_of(with({}, {8'000'000, 8'000'000}), Codec::fp32));
}

}  // namespace
}  // namespace moshpit
