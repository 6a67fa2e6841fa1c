#include "base/bytes.hpp"

#include <gtest/gtest.h>
#include <limits>

namespace moshpit {
namespace {

TEST(Bytes, TextAndBack) {
  EXPECT_EQ(as_text(as_bytes("moshpit")), "moshpit");
  EXPECT_EQ(as_text(to_bytes(std::string_view("a\0b", 3))), std::string_view("a\0b", 3));
  EXPECT_EQ(as_text(ByteView()), "");
}

TEST(Bytes, IntegersAreLittleEndian) {
  Bytes out;
  append_little_endian<std::uint32_t>(out, 0x04030201);
  EXPECT_EQ(out, (Bytes{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}}));
}

template <class Integer>
void expect_round_trip() {
  const Integer most = std::numeric_limits<Integer>::max();
  for (const Integer value : {Integer{0}, Integer{1}, most, static_cast<Integer>(most / 2 + 1)}) {
    Bytes out;
    append_little_endian(out, value);
    ASSERT_EQ(out.size(), sizeof(Integer));
    EXPECT_EQ(read_little_endian<Integer>(out), value);
  }
}

TEST(Bytes, IntegersComeBack) {
  expect_round_trip<std::uint8_t>();
  expect_round_trip<std::uint16_t>();
  expect_round_trip<std::uint32_t>();
  expect_round_trip<std::uint64_t>();
}

TEST(Bytes, ReadIgnoresWhatFollows) {
  Bytes out;
  append_little_endian<std::uint16_t>(out, 500);
  append(out, as_bytes("more"));
  EXPECT_EQ(read_little_endian<std::uint16_t>(out), 500);
}

}  // namespace
}  // namespace moshpit
