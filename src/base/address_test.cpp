#include "base/address.hpp"

#include <gtest/gtest.h>

namespace moshpit {
namespace {

TEST(Address, ComesBackFromItsText) {
  for (const char* text : {"127.0.0.1:4000", "[::1]:4000", "[fe80::1%eth0]:1", "example.org:65535",
                           "my_host:0", "a:1"}) {
    const auto address = Address::parse(text);
    ASSERT_TRUE(address.ok()) << text;
    EXPECT_EQ(address->text(), text);
  }
}

TEST(Address, RefusesWhatIsNone) {
  for (const char* text : {"", ":", "host", "host:", ":4000", "host:65536", "host:-1", "host:+1",
                           "host: 1", "host:1x", "::1:4000", "[::1]", "[]:1", "[host]:1",
                           "[::1:4000", "::1]:4000", "ho st:1", "host\x1b[2J:1", "h\xc3\xb6st:1"}) {
    EXPECT_FALSE(Address::parse(text).ok()) << text;
  }
}

TEST(Address, RefusesAHostLongerThanDnsAllows) {
  EXPECT_TRUE(Address::parse(std::string(253, 'a') + ":1").ok());
  EXPECT_FALSE(Address::parse(std::string(254, 'a') + ":1").ok());
}

TEST(Address, ErrorShowsNothingThatATerminalObeys) {
  const auto address = Address::parse("\x1b[2Jhost\n\xff:1");
  ASSERT_FALSE(address.ok());
  for (const char c : address.error().message()) EXPECT_TRUE(c >= ' ' && c <= '~');
}

}  // namespace
}  // namespace moshpit
