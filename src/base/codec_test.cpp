#include "moshpit/codec.hpp"

#include <gtest/gtest.h>

namespace moshpit {
namespace {

TEST(CodecNames, EachNameIsOfOneCodec) {
  for (const Codec codec : {Codec::fp32, Codec::fp16, Codec::bf16, Codec::int8}) {
    EXPECT_EQ(codec_named(name_of(codec)), codec);
  }
  EXPECT_EQ(name_of(Codec::bf16), "bf16");
}

TEST(CodecNumbers, ThereAreFour) {
  for (const Codec codec : {Codec::fp32, Codec::fp16, Codec::bf16, Codec::int8}) {
    EXPECT_EQ(codec_numbered(static_cast<std::uint32_t>(codec)), codec);
  }
  for (const std::uint32_t number : {4u, 255u, 256u, ~0u}) EXPECT_FALSE(codec_numbered(number));
}

TEST(CodecNames, OtherWordsAreNone) {
  for (const char* word : {"", "fp", "FP16", "fp16 ", "int4"}) EXPECT_FALSE(codec_named(word));
}

}  // namespace
}  // namespace moshpit
