#include "reduce/early_frames.hpp"

#include <chrono>
#include <gtest/gtest.h>

namespace moshpit {
namespace {

using namespace std::chrono_literals;

template <class AnyId>
AnyId numbered(unsigned number) {
  AnyId id;
  id.bytes[0] = static_cast<std::byte>(number);
  id.bytes[1] = static_cast<std::byte>(number >> 8);
  return id;
}

Bytes sized(std::size_t size) { return Bytes(size, std::byte{1}); }

TEST(EarlyFrames, GivesBackTheRoundsFramesInOrderAndOnce) {
  EarlyFrames early;
  const Time now{};
  for (std::size_t i = 1; i <= 10; ++i) {
    EXPECT_TRUE(early.keep(numbered<PeerId>(i % 3), numbered<RoundId>(i % 2), sized(i), now));
  }
  const auto odd = early.take(numbered<RoundId>(1), now);
  ASSERT_EQ(odd.size(), 5u);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(odd[i].bytes.size(), 2 * i + 1);
    EXPECT_EQ(odd[i].from, numbered<PeerId>((2 * i + 1) % 3));
  }
  EXPECT_TRUE(early.take(numbered<RoundId>(1), now).empty());
  EXPECT_EQ(early.bytes(), 2u + 4 + 6 + 8 + 10);
  EXPECT_EQ(early.take(numbered<RoundId>(0), now).size(), 5u);
  EXPECT_EQ(early.bytes(), 0u);
}

TEST(EarlyFrames, ForgetsWhatNobodyCalledFor) {
  EarlyFrames early;
  early.keep(numbered<PeerId>(1), numbered<RoundId>(1), sized(5), Time{});
  EXPECT_EQ(early.take(numbered<RoundId>(1), Time{} + 11s).size(), 0u);
  EXPECT_EQ(early.bytes(), 0u);
}

TEST(EarlyFrames, SaysWhenThereIsSomethingToForget) {
  EarlyFrames early;
  EXPECT_FALSE(early.forgets_at());
  early.keep(numbered<PeerId>(1), numbered<RoundId>(1), sized(5), Time{} + 1s);
  early.keep(numbered<PeerId>(1), numbered<RoundId>(2), sized(5), Time{} + 3s);
  EXPECT_EQ(early.forgets_at(), Time{} + 11s);
  early.forget_old(Time{} + 11s);
  EXPECT_EQ(early.count(), 1u);
  EXPECT_EQ(early.forgets_at(), Time{} + 13s);
}

TEST(EarlyFrames, OnePeerCannotTakeThePlaceOfAll) {
  EarlyFrames early;
  const Time now{};
  std::size_t kept = 0;
  while (early.keep(numbered<PeerId>(1), numbered<RoundId>(1), sized(1 << 20), now)) ++kept;
  EXPECT_EQ(kept, 16u);
  EXPECT_TRUE(early.keep(numbered<PeerId>(2), numbered<RoundId>(2), sized(1 << 20), now));
}

TEST(EarlyFrames, IsBoundedWhateverAllOfThemSend) {
  EarlyFrames early;
  const Time now{};
  for (unsigned peer = 0; peer < 10; ++peer) {
    for (int i = 0; i < 20; ++i) {
      early.keep(numbered<PeerId>(peer), numbered<RoundId>(1), sized(1 << 20), now);
    }
  }
  EXPECT_EQ(early.bytes(), std::size_t{64} << 20);
  EarlyFrames tiny;
  for (int i = 0; i < 20000; ++i) tiny.keep(numbered<PeerId>(1), numbered<RoundId>(1), {}, now);
  EXPECT_EQ(tiny.count(), 16384u);
}

}  // namespace
}  // namespace moshpit
