// fp16 and bf16, every one of their values, against plain arithmetic in fp64.
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "codec/on_every_target.hpp"

namespace moshpit {
namespace {

class Halves : public OnEveryTarget {};
MOSHPIT_ON_EVERY_TARGET(Halves);

struct Format {
  Codec codec;
  int fraction_bits;
  int bias;
};
constexpr std::array formats = {Format{Codec::fp16, 10, 15}, Format{Codec::bf16, 7, 127}};

constexpr std::uint16_t infinity_of(const Format& format) {
  return static_cast<std::uint16_t>(0x7fff >> format.fraction_bits << format.fraction_bits);
}

// What the bits mean; IEEE 754, section 3.4.
double meaning(const Format& format, std::uint16_t bits) {
  const double sign = bits & 0x8000 ? -1 : 1;
  const int magnitude = bits & 0x7fff;
  if (magnitude > infinity_of(format)) return std::numeric_limits<double>::quiet_NaN();
  if (magnitude == infinity_of(format)) return sign * std::numeric_limits<double>::infinity();
  const int exponent = magnitude >> format.fraction_bits;
  const int fraction = magnitude & ((1 << format.fraction_bits) - 1);
  const int hidden = exponent == 0 ? 0 : 1 << format.fraction_bits;
  return sign *
         std::ldexp(fraction + hidden, std::max(exponent, 1) - format.bias - format.fraction_bits);
}

std::vector<std::uint16_t> words(ByteView bytes) {
  std::vector<std::uint16_t> all(bytes.size() / 2);
  if (!all.empty()) std::memcpy(all.data(), bytes.data(), bytes.size());
  return all;
}

TEST_P(Halves, EveryPatternIsReadAsWhatItMeans) {
  std::vector<std::uint16_t> patterns(65536);
  for (std::size_t i = 0; i < patterns.size(); ++i) patterns[i] = static_cast<std::uint16_t>(i);
  for (const Format& format : formats) {
    const auto values = decoded(format.codec, std::as_bytes(std::span(patterns)), patterns.size());
    for (const std::uint16_t bits : patterns) {
      const double expected = meaning(format, bits);
      if (std::isnan(expected)) {
        ASSERT_TRUE(std::isnan(values[bits])) << bits;
      } else {
        ASSERT_EQ(values[bits], expected) << bits;
        ASSERT_EQ(std::signbit(values[bits]), std::signbit(expected)) << bits;
      }
    }
  }
}

// From one value to the next: both, the half between them, and the floats beside it.
TEST_P(Halves, EveryHalfIsRoundedToEven) {
  for (const Format& format : formats) {
    std::vector<float> values;
    std::vector<std::uint16_t> expected;
    const auto expect = [&](double value, int bits) {
      for (const int sign : {0, 0x8000}) {
        values.push_back(static_cast<float>(sign == 0 ? value : -value));
        expected.push_back(static_cast<std::uint16_t>(bits | sign));
      }
    };
    for (std::uint16_t bits = 0; bits + 1 < infinity_of(format); ++bits) {
      const int above = bits + 1;
      const double low = meaning(format, bits);
      const auto half =
          static_cast<float>((low + meaning(format, static_cast<std::uint16_t>(above))) / 2);
      expect(low, bits);
      expect(std::nextafter(half, 0.0f), bits);
      expect(half, bits % 2 == 0 ? bits : above);
      expect(std::nextafter(half, std::numeric_limits<float>::max()), above);
    }
    const auto found = words(encoded(format.codec, values));
    for (std::size_t i = 0; i < values.size(); ++i) {
      ASSERT_EQ(found[i], expected[i]) << name_of(format.codec) << " of " << values[i];
    }
  }
}

TEST_P(Halves, BeyondTheLargestValueIsTheLargestValue) {
  for (const Format& format : formats) {
    const auto largest = static_cast<std::uint16_t>(infinity_of(format) - 1);
    const auto limit = static_cast<float>(meaning(format, largest));
    const float beyond[] = {limit, std::nextafter(limit, HUGE_VALF),
                            std::min(limit * 1.0003f, std::numeric_limits<float>::max()),
                            std::numeric_limits<float>::max()};
    for (const float value : beyond) {
      EXPECT_EQ(words(encoded(format.codec, std::array{value, -value})),
                (std::vector{largest, static_cast<std::uint16_t>(largest | 0x8000)}));
    }
  }
}

}  // namespace
}  // namespace moshpit
