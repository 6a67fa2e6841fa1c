// int8 against plain arithmetic: its scales, its steps, and blocks at the ends of the range.
#include <bit>
#include <cmath>

#include "codec/on_every_target.hpp"

namespace moshpit {
namespace {

class Int8 : public OnEveryTarget {};
MOSHPIT_ON_EVERY_TARGET(Int8);

constexpr float largest_float = std::numeric_limits<float>::max();

float scale_of(ByteView bytes, std::size_t block) {
  return std::bit_cast<float>(read_little_endian<std::uint32_t>(bytes.subspan(4 * block)));
}

TEST_P(Int8, ScalesFirstThenAByteAnElement) {
  std::vector<float> values(codec_block + 3, 1.0f);
  values[5] = -127;
  values[6] = 2.5f;
  values[7] = 3.5f;
  values[codec_block + 1] = 254;
  const Bytes bytes = encoded(Codec::int8, values);
  ASSERT_EQ(bytes.size(), 2 * 4 + values.size());
  EXPECT_EQ(scale_of(bytes, 0), 1.0f);
  EXPECT_EQ(scale_of(bytes, 1), 2.0f);
  const auto step = [&](std::size_t i) { return static_cast<std::int8_t>(bytes[8 + i]); };
  EXPECT_EQ(step(0), 1);
  EXPECT_EQ(step(5), -127);
  EXPECT_EQ(step(6), 2);
  EXPECT_EQ(step(7), 4);
  EXPECT_EQ(step(codec_block), 0);  // half a step, to even
  EXPECT_EQ(step(codec_block + 1), 127);
}

TEST_P(Int8, EveryBlockIsWhatPlainArithmeticSays) {
  for (const auto& values : difficult_vectors(3 * codec_block + 77)) {
    const Bytes bytes = encoded(Codec::int8, values);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const float exact = largest_in_block(values, i) / 127;
      const float scale = exact < std::numeric_limits<float>::min()
                              ? 0
                              : std::bit_cast<float>(std::bit_cast<std::uint32_t>(exact) >> 7 << 7);
      ASSERT_EQ(scale_of(bytes, i / codec_block), scale);
      const float steps = scale == 0 ? 0 : std::nearbyint(values[i] * (1 / scale));
      ASSERT_EQ(static_cast<std::int8_t>(bytes[4 * 4 + i]), steps) << values[i];
    }
  }
}

TEST_P(Int8, TheEndsOfTheRange) {
  for (const float value :
       {0.0f, 1e-45f, 1e-38f, 0x1p-120f, 0x1p-119f, 0x1p-110f, 1.0f, 1e38f, largest_float}) {
    const std::vector<float> values = {value, -value, 0};
    const auto back = decoded(Codec::int8, encoded(Codec::int8, values), 3);
    EXPECT_NEAR(back[0], value, encoding_error(Codec::int8, value, value));
    EXPECT_EQ(back[1], -back[0]);
    EXPECT_EQ(back[2], 0);
    EXPECT_EQ(back[0] == 0, value < 0x1p-119f) << value;
  }
}

TEST_P(Int8, ABlockDoesNotDisturbItsNeighbours) {
  std::vector<float> values(3 * codec_block, 1.0f);
  values[codec_block] = largest_float;
  const auto back = decoded(Codec::int8, encoded(Codec::int8, values), values.size());
  EXPECT_NEAR(back[codec_block - 1], 1, 1e-4);
  EXPECT_EQ(back[codec_block + 1], 0);
  EXPECT_NEAR(back[2 * codec_block], 1, 1e-4);
}

TEST_P(Int8, ForeignScalesAreLookedAt) {
  const auto is_finite = [](float scale, int step) {
    Bytes bytes = encoded(Codec::int8, std::vector<float>(codec_block + 2, 1.0f));
    const auto bits = std::bit_cast<std::uint32_t>(scale);
    for (std::size_t i = 0; i < 4; ++i) bytes[4 + i] = static_cast<std::byte>(bits >> (8 * i));
    bytes.back() = static_cast<std::byte>(step);
    const bool finite = all_finite(Codec::int8, bytes, codec_block + 2);
    if (finite) {
      for (const float value : decoded(Codec::int8, bytes, codec_block + 2)) {
        EXPECT_TRUE(std::isfinite(value));
      }
    }
    return finite;
  };
  for (const int step : {0, 1, 127, -127, -128}) {
    EXPECT_TRUE(is_finite(0, step));
    EXPECT_TRUE(is_finite(1e-45f, step));
    EXPECT_TRUE(is_finite(largest_float / 128, step));
    EXPECT_FALSE(is_finite(-1, step));
    EXPECT_FALSE(is_finite(-1e-45f, step));
    EXPECT_FALSE(is_finite(std::numeric_limits<float>::infinity(), step));
    EXPECT_FALSE(is_finite(-std::numeric_limits<float>::infinity(), step));
    EXPECT_FALSE(is_finite(std::numeric_limits<float>::quiet_NaN(), step));
  }
  const float largest_scale = std::nextafter(largest_float / 127, 0.0f);
  EXPECT_TRUE(is_finite(largest_scale, -127));
  EXPECT_FALSE(is_finite(largest_scale, -128));
  EXPECT_FALSE(is_finite(largest_float / 100, 127));
}

}  // namespace
}  // namespace moshpit
