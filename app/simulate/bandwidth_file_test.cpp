#include "app/simulate/bandwidth_file.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace moshpit {
namespace {

TEST(BandwidthFile, TakesTheLesserOfUpAndDown) {
  const auto read = parse_bandwidths("# a comment\n20 100\n\n8\t# both ways\r\n  300 40  ", "f");
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, (std::vector<double>{2.5e6, 1e6, 5e6}));
}

TEST(BandwidthFile, NamesTheLineThatIsWrong) {
  for (const char* line : {"fast", "10 20 30", "0", "-5", "10 0", "inf", "nan", "10Mbit", "1,5"}) {
    const auto read = parse_bandwidths(fmt::format("10\n# next\n{}\n20\n", line), "lines.txt");
    ASSERT_FALSE(read) << line;
    EXPECT_EQ(read.error().code(), ErrorCode::bad_data);
    EXPECT_NE(read.error().message().find("line 3 of 'lines.txt'"), std::string::npos)
        << read.error().message();
  }
}

TEST(BandwidthFile, AnEmptyOneOrNoneIsRefused) {
  EXPECT_FALSE(parse_bandwidths("", "f"));
  EXPECT_FALSE(parse_bandwidths("# nothing\n\n", "f"));
  EXPECT_EQ(read_bandwidths("/no/such/file").error().code(), ErrorCode::io);
}

}  // namespace
}  // namespace moshpit
