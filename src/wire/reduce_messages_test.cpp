#include "wire/reduce_messages.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace moshpit {
namespace {

constexpr std::size_t chunks = 11;

RoundId some_round() {
  RoundId id;
  id.bytes.fill(std::byte{7});
  return id;
}

ChunkSet some_chunks() {
  ChunkSet held(chunks);
  held[0] = held[8] = held[10] = true;
  return held;
}

std::vector<ReduceNote> some_notes() {
  const MemberSet view(0b1011);
  const Install install{view, {{0, some_chunks()}, {1, ChunkSet(chunks)}, {3, some_chunks()}}};
  return {{some_round(), {1, 2}, TakeStock{view}},
          {some_round(), {1, 2}, Promise{view, some_chunks()}},
          {some_round(), {4'000'000'000u, 255}, install},
          {some_round(), {1, 2}, LeftOut{}},
          {some_round(), {}, Alive{}}};
}

TEST(ReduceMessages, TheyComeBack) {
  for (const ReduceNote& note : some_notes()) {
    EXPECT_EQ(decode_reduce_note(encode(note), chunks), note);
    EXPECT_EQ(round_of(encode(note)), some_round());
    EXPECT_TRUE(is_reduce_note(encode(note)));
    EXPECT_FALSE(decode_chunk(encode(note)));
  }
}

TEST(ReduceMessages, AChunkIsNoNote) {
  ChunkHeader header;
  header.round = some_round();
  const Bytes frame = chunk_frame(header, 0);
  EXPECT_FALSE(is_reduce_note(frame));
  EXPECT_EQ(round_of(frame), some_round());
  EXPECT_FALSE(round_of(Bytes(3)));
}

TEST(ReduceMessages, ASetOfAnotherVectorIsNothing) {
  for (const ReduceNote& note : some_notes()) {
    const bool has_chunks = note.content.index() == 1 || note.content.index() == 2;
    EXPECT_EQ(!decode_reduce_note(encode(note), chunks - 1), has_chunks);
    EXPECT_EQ(!decode_reduce_note(encode(note), chunks + 8), has_chunks);
  }
}

TEST(ReduceMessages, EveryMemberOfAnInstalledViewSaysOnceWhatItHolds) {
  const MemberSet view(0b11);
  const auto decoded = [&](std::vector<Install::Holding> holdings) {
    return decode_reduce_note(encode({some_round(), {1, 0}, Install{view, std::move(holdings)}}),
                              chunks);
  };
  EXPECT_TRUE(decoded({{1, some_chunks()}, {0, some_chunks()}}));
  EXPECT_FALSE(decoded({{0, some_chunks()}}));
  EXPECT_FALSE(decoded({{0, some_chunks()}, {0, some_chunks()}}));
  EXPECT_FALSE(decoded({{0, some_chunks()}, {1, some_chunks()}, {2, some_chunks()}}));
}

TEST(ReduceMessages, ForeignBytesAreNeverBelieved) {
  Random random(1);
  for (int trial = 0; trial < 3000; ++trial) {
    for (const ReduceNote& note : some_notes()) {
      Bytes bytes = encode(note);
      const auto bit = static_cast<std::size_t>(random.below(8 * bytes.size()));
      bytes[bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
      const auto read = decode_reduce_note(bytes, chunks);
      if (read) {
        EXPECT_EQ(decode_reduce_note(encode(*read), chunks), read);
      }
      bytes.resize(static_cast<std::size_t>(random.below(bytes.size())));
      decode_reduce_note(bytes, chunks);
    }
  }
}

}  // namespace
}  // namespace moshpit
