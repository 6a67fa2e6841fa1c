// For tests of codec/: each case runs with every set of instructions that this machine has, and on
// values that are random or chosen to be difficult.
#pragma once

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <hwy/highway.h>
#include <limits>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "codec/codec.hpp"

namespace moshpit {

class OnEveryTarget : public testing::TestWithParam<std::int64_t> {
 protected:
  void SetUp() override {
    hwy::SetSupportedTargetsForTest(GetParam());
    ASSERT_EQ(simd_target(), hwy::TargetName(GetParam()));
  }
  void TearDown() override { hwy::SetSupportedTargetsForTest(0); }
};

inline std::string name_of_target(const testing::TestParamInfo<std::int64_t>& info) {
  return hwy::TargetName(info.param);
}

#define MOSHPIT_ON_EVERY_TARGET(suite)                                                             \
  INSTANTIATE_TEST_SUITE_P(Targets, suite, testing::ValuesIn(hwy::SupportedAndGeneratedTargets()), \
                           name_of_target)

inline constexpr Codec all_codecs[] = {Codec::fp32, Codec::fp16, Codec::bf16, Codec::int8};

inline Bytes encoded(Codec codec, std::span<const float> values) {
  Bytes bytes(encoded_size(codec, values.size()));
  encode(codec, values, bytes);
  return bytes;
}

inline std::vector<float> decoded(Codec codec, ByteView bytes, std::size_t elements) {
  std::vector<float> values(elements);
  decode(codec, bytes, elements, 0, values);
  return values;
}

// The largest |x| of each element's block.
inline float largest_in_block(std::span<const float> values, std::size_t element) {
  const auto rest = values.subspan(element / codec_block * codec_block);
  float largest = 0;
  for (const float value : rest.first(std::min(codec_block, rest.size()))) {
    largest = std::max(largest, std::abs(value));
  }
  return largest;
}

// Every kind of vector that has made codecs fail: all magnitudes, zeros, subnormals, one value far
// above the others, the ends of the range, exact halves.
inline std::vector<std::vector<float>> difficult_vectors(std::size_t elements) {
  Random random(elements);
  std::vector<std::vector<float>> all;
  const auto add = [&](auto draw) {
    std::vector<float>& values = all.emplace_back(elements);
    for (float& value : values) value = draw();
  };
  const auto normal = [&] { return static_cast<float>(random.normal()); };
  add(normal);
  add([&] { return 0.0f; });
  add([&] { return normal() * 1e-41f; });
  add([&] { return normal() * 0x1p-119f; });
  add([&] { return random.chance(0.01) ? normal() * 1e6f : normal(); });
  add([&] { return random.chance(0.5) ? std::numeric_limits<float>::max() : -65504.0f; });
  add([&] { return static_cast<float>(random.below(512)) / 2 - 127; });
  add([&] {  // any finite bits
    const auto bits = static_cast<std::uint32_t>(random.next());
    const auto value = std::bit_cast<float>(bits);
    return std::isfinite(value) ? value : -0.0f;
  });
  return all;
}

}  // namespace moshpit
