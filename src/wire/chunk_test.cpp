#include "wire/chunk.hpp"

#include <algorithm>
#include <gtest/gtest.h>

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
  header.codec = Codec::bf16;
  header.elements = 0xfffffffe;
  if (kind == ChunkKind::result) {
    for (std::size_t member : {0u, 7u, 8u, 100u, 255u}) header.contributors.set(member);
  }
  return header;
}

Bytes frame_with(ChunkHeader header, ByteView values) {
  Bytes frame = chunk_frame(header, values.size());
  append(frame, values);
  return frame;
}

TEST(Chunk, ComesBackAsItWasAndHasTheSizeThatTheHeaderSays) {
  const Bytes values = to_bytes("as some codec writes them");
  for (ChunkKind kind : {ChunkKind::contribution, ChunkKind::result}) {
    const Bytes bytes = frame_with(example(kind), values);
    EXPECT_EQ(bytes.size(), (kind == ChunkKind::result ? 92 : 60) + values.size());
    EXPECT_EQ(bytes, frame_with(example(kind), values));
    const auto chunk = decode_chunk(bytes);
    ASSERT_TRUE(chunk);
    EXPECT_EQ(chunk->header, example(kind));
    EXPECT_TRUE(std::ranges::equal(chunk->values, values));
  }
}

TEST(Chunk, EveryTruncatedHeaderIsRefused) {
  for (ChunkKind kind : {ChunkKind::contribution, ChunkKind::result}) {
    const Bytes bytes = chunk_frame(example(kind), 0);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(decode_chunk(ByteView(bytes).first(size))) << size;
    }
    EXPECT_TRUE(decode_chunk(bytes));
  }
}

TEST(Chunk, UnknownKindsAndCodecsAreRefused) {
  Bytes bytes = chunk_frame(example(ChunkKind::contribution), 0);
  for (int kind = 0; kind < 256; ++kind) {
    bytes[0] = static_cast<std::byte>(kind);
    EXPECT_EQ(decode_chunk(bytes).has_value(), kind == 1) << kind;
  }
  bytes[0] = std::byte{1};
  for (int codec = 0; codec < 256; ++codec) {
    bytes[1] = static_cast<std::byte>(codec);
    EXPECT_EQ(decode_chunk(bytes).has_value(), codec <= 3) << codec;
  }
  bytes[1] = std::byte{0};
  for (std::size_t zero : {2u, 3u}) {
    bytes[zero] = std::byte{1};
    EXPECT_FALSE(decode_chunk(bytes));
    bytes[zero] = std::byte{0};
  }
}

// Under the sanitizers this also shows that nothing is read outside.
TEST(Chunk, RandomBytesAndFlippedBitsNeverCrash) {
  Random random(1);
  std::size_t accepted = 0;
  const Bytes good = frame_with(example(ChunkKind::result), Bytes(36, std::byte{2}));
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

}  // namespace
}  // namespace moshpit
