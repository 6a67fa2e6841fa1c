#include "net/token_bucket.hpp"

#include <gtest/gtest.h>

namespace moshpit {
namespace {

using namespace std::chrono_literals;

constexpr Time start = Time{} + 1h;

TEST(TokenBucket, WithoutALimitEverythingPassesAtOnce) {
  TokenBucket bucket(0);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(bucket.reserve(1'000'000'000, start), start);
  EXPECT_EQ(bucket.within(10ms, 1000), 1000u);
}

TEST(TokenBucket, WhoeverAsksGetsATurnBehindTheOthers) {
  TokenBucket bucket(1'000'000);
  // An allowance of 50 ms, and then a second for each 1'000'000 bytes.
  EXPECT_EQ(bucket.reserve(50'000, start), start);
  EXPECT_EQ(bucket.reserve(100'000, start), start);
  EXPECT_EQ(bucket.reserve(200'000, start), start + 100ms);
  EXPECT_EQ(bucket.reserve(0, start), start + 300ms);
  EXPECT_EQ(bucket.reserve(1, start + 299ms), start + 300ms);
}

TEST(TokenBucket, AnIdlePeerSavesOnlyTheAllowance) {
  TokenBucket bucket(1'000'000);
  bucket.reserve(100'000, start);
  const Time later = start + 10s;
  EXPECT_EQ(bucket.reserve(60'000, later), later);
  EXPECT_EQ(bucket.reserve(10'000, later), later + 10ms);
}

TEST(TokenBucket, TheRateIsReachedByWhoeverIsLate) {
  TokenBucket bucket(1'000'000);
  Time now = start;
  std::size_t passed = 0;
  while (now < start + 10s) {
    now = bucket.reserve(16'000, now) + 7ms;  // woken later than promised, every time
    passed += 16'000;
  }
  EXPECT_NEAR(static_cast<double>(passed), 10'050'000, 50'000);
}

TEST(TokenBucket, ABatchIsWhatPassesInATime) {
  const TokenBucket bucket(2'000'000);
  EXPECT_EQ(bucket.within(10ms, 1'000'000), 20'000u);
  EXPECT_EQ(bucket.within(10ms, 1000), 1000u);
}

}  // namespace
}  // namespace moshpit
