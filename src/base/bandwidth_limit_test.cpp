#include "moshpit/bandwidth_limit.hpp"

#include <gtest/gtest.h>

namespace moshpit {
namespace {

TEST(BandwidthLimit, IsReadInThousands) {
  EXPECT_EQ(BandwidthLimit::parse("10M/50M").value(), (BandwidthLimit{10'000'000, 50'000'000}));
  EXPECT_EQ(BandwidthLimit::parse("64k/1G").value(), (BandwidthLimit{64'000, 1'000'000'000}));
  EXPECT_EQ(BandwidthLimit::parse("0/100000").value(), (BandwidthLimit{0, 100'000}));
}

TEST(BandwidthLimit, AnythingElseIsRefusedInASentence) {
  for (const char* text : {"", "10M", "10M/", "/10M", "10M/50M/1M", "-1M/1M", "1.5M/1M", "10 M/1M",
                           "10MB/1M", "63K/1M", "99999999999999999999/0", "2000G/0", "up/down"}) {
    const auto limit = BandwidthLimit::parse(text);
    ASSERT_FALSE(limit.ok()) << text;
    EXPECT_EQ(limit.error().code(), ErrorCode::invalid_argument);
    EXPECT_NE(limit.error().message().find("10M/50M"), std::string::npos);
  }
}

}  // namespace
}  // namespace moshpit
