#include "wire/chunk.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <vector>

#include "base/random.hpp"

namespace moshpit {
namespace {

ChunkHeader example(ChunkKind kind) {
  ChunkHeader header;
  header.kind = kind;
  header.round.bytes.fill(std::byte{0xab});
  header.ballot = Ballot{7, 300};
  header.chunk = 0x01020304;
  header.sender = 255;
  header.weight = 0.1;
  if (kind == ChunkKind::result) {
    for (std::size_t member : {0u, 7u, 8u, 100u, 255u}) header.contributors.set(member);
  }
  return header;
}

TEST(Chunk, ComesBackAsItWasAndHasTheSizeThatTheHeaderSays) {
  const std::vector<float> values = {1.5f, -0.0f, 3e38f, 1e-45f};
  for (ChunkKind kind : {ChunkKind::contribution, ChunkKind::result}) {
    const Bytes bytes = encode_chunk(example(kind), values);
    EXPECT_EQ(bytes.size(), (kind == ChunkKind::result ? 92 : 60) + 16u);
    EXPECT_EQ(bytes, encode_chunk(example(kind), values));
    const auto chunk = decode_chunk(bytes);
    ASSERT_TRUE(chunk);
    EXPECT_EQ(chunk->header, example(kind));
    ASSERT_EQ(chunk->elements(), 4u);
    std::vector<float> out(4);
    copy_values(chunk->values, 0, out);
    EXPECT_EQ(0, std::memcmp(out.data(), values.data(), 16));
  }
}

TEST(Chunk, ValuesNeedNotBeAligned) {
  const std::vector<float> values = {1, 2, 3, 4, 5};
  Bytes shifted = {std::byte{0}};
  append(shifted, encode_chunk(example(ChunkKind::contribution), values));
  const auto chunk = decode_chunk(ByteView(shifted).subspan(1));
  ASSERT_TRUE(chunk);
  std::vector<float> out(2);
  copy_values(chunk->values, 3, out);
  EXPECT_EQ(out, (std::vector<float>{4, 5}));
  EXPECT_TRUE(all_finite(chunk->values));
}

TEST(Chunk, EveryTruncationAndEveryExtraByteIsRefused) {
  for (ChunkKind kind : {ChunkKind::contribution, ChunkKind::result}) {
    Bytes bytes = encode_chunk(example(kind), std::vector<float>(3, 1.0f));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(decode_chunk(ByteView(bytes).first(size))) << size;
    }
    bytes.push_back(std::byte{0});
    EXPECT_FALSE(decode_chunk(bytes));
  }
}

TEST(Chunk, UnknownKindsAreRefused) {
  Bytes bytes = encode_chunk(example(ChunkKind::contribution), {});
  for (int kind = 0; kind < 256; ++kind) {
    bytes[0] = static_cast<std::byte>(kind);
    EXPECT_EQ(decode_chunk(bytes).has_value(), kind == 1) << kind;
  }
  bytes[0] = std::byte{1};
  bytes[3] = std::byte{1};
  EXPECT_FALSE(decode_chunk(bytes));
}

// Under the sanitizers this also shows that nothing is read outside.
TEST(Chunk, RandomBytesAndFlippedBitsNeverCrash) {
  Random random(1);
  std::size_t accepted = 0;
  const Bytes good = encode_chunk(example(ChunkKind::result), std::vector<float>(9, 2.0f));
  for (int i = 0; i < 20000; ++i) {
    Bytes noise(static_cast<std::size_t>(random.below(200)));
    random.fill(noise);
    accepted += decode_chunk(noise).has_value();
    Bytes flipped = good;
    const auto bit = static_cast<std::size_t>(random.below(8 * flipped.size()));
    flipped[bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
    const auto chunk = decode_chunk(flipped);
    EXPECT_TRUE(!chunk || chunk->values.size() == 36u);
  }
  EXPECT_EQ(accepted, 0u);
}

TEST(Chunk, AClaimOfTheLargestCountAllocatesNothing) {
  Bytes bytes = encode_chunk(example(ChunkKind::contribution), {});
  for (std::size_t i = 56; i < 60; ++i) bytes[i] = std::byte{0xff};
  EXPECT_FALSE(decode_chunk(bytes));
}

TEST(Chunk, AllFiniteSeesOneBadValueAnywhere) {
  using limits = std::numeric_limits<float>;
  for (std::size_t size : {1u, 2u, 255u, 256u, 257u, 600u}) {
    std::vector<float> values(size, limits::max());
    values[size / 2] = limits::denorm_min();
    EXPECT_TRUE(all_finite(std::as_bytes(std::span(values))));
    for (float bad : {limits::infinity(), -limits::infinity(), limits::quiet_NaN()}) {
      for (std::size_t place = 0; place < size; ++place) {
        std::vector<float> spoilt = values;
        spoilt[place] = bad;
        EXPECT_FALSE(all_finite(std::as_bytes(std::span(spoilt))));
      }
    }
  }
  EXPECT_TRUE(all_finite({}));
}

}  // namespace
}  // namespace moshpit
