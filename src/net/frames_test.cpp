#include "net/frames.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "base/random.hpp"

namespace moshpit {
namespace {

Bytes encoded(const std::vector<Bytes>& frames) {
  FrameQueue queue;
  for (const Bytes& frame : frames) queue.add_bulk(frame);
  const ByteView all = queue.take(1 << 20);
  return {all.begin(), all.end()};
}

std::vector<Bytes> take_all(FrameReader& reader) {
  std::vector<Bytes> frames;
  for (auto frame = reader.take(); frame; frame = reader.take()) frames.push_back(*frame);
  return frames;
}

// The frames in a stream, as text, cut into batches of at most `limit` bytes by the queue.
std::vector<std::string> sent(FrameQueue& queue, std::size_t limit) {
  FrameReader reader;
  std::vector<std::string> texts;
  while (!queue.empty()) {
    const ByteView batch = queue.take(limit);
    EXPECT_LE(batch.size(), limit);
    reader.feed(batch);
    for (const Bytes& frame : take_all(reader)) texts.emplace_back(as_text(frame));
  }
  return texts;
}

TEST(FrameReader, EveryWayToCutAStreamInThreeGivesTheSameFrames) {
  const std::vector<Bytes> frames = {to_bytes("one"), Bytes(), to_bytes("three")};
  const Bytes stream = encoded(frames);
  ASSERT_EQ(stream.size(), 20u);
  for (std::size_t first = 0; first <= stream.size(); ++first) {
    for (std::size_t second = first; second <= stream.size(); ++second) {
      const ByteView view(stream);
      FrameReader reader;
      std::vector<Bytes> found;
      for (ByteView piece :
           {view.first(first), view.subspan(first, second - first), view.subspan(second)}) {
        reader.feed(piece);
        for (Bytes& frame : take_all(reader)) found.push_back(std::move(frame));
      }
      EXPECT_EQ(found, frames) << first << " " << second;
    }
  }
}

TEST(FrameReader, FramesThatCameTogetherAreTakenOneByOne) {
  FrameReader reader;
  reader.feed(encoded({to_bytes("a"), to_bytes("b")}));
  EXPECT_EQ(reader.take(), to_bytes("a"));
  EXPECT_EQ(reader.unread(), 5u);
  EXPECT_EQ(reader.take(), to_bytes("b"));
  EXPECT_EQ(reader.take(), std::nullopt);
  EXPECT_EQ(reader.unread(), 0u);
}

TEST(FrameReader, LimitIsExact) {
  FrameReader reader;
  reader.feed(encoded({Bytes(first_frame_limit)}));
  EXPECT_EQ(reader.take().value_or(Bytes()).size(), first_frame_limit);
  reader.feed(encoded({Bytes(first_frame_limit + 1)}));
  EXPECT_EQ(reader.take(), std::nullopt);
  EXPECT_TRUE(reader.too_large());
}

TEST(FrameReader, AClaimOfFourGigabytesIsOnlyAClaim) {
  FrameReader reader;
  reader.feed(Bytes(4, std::byte{0xff}));
  EXPECT_EQ(reader.take(), std::nullopt);
  EXPECT_TRUE(reader.too_large());
}

TEST(FrameReader, ALimitRaisedBecauseOfOneFrameHoldsForTheNextWhichIsAlreadyThere) {
  FrameReader reader;
  reader.set_limit(5);
  reader.feed(encoded({to_bytes("hello"), to_bytes("something longer")}));
  EXPECT_EQ(reader.take(), to_bytes("hello"));
  reader.set_limit(100);
  EXPECT_FALSE(reader.too_large());
  EXPECT_EQ(reader.take(), to_bytes("something longer"));
}

TEST(FrameQueue, ControlOvertakesBulkThatHasNotBegun) {
  FrameQueue queue;
  queue.add_bulk(to_bytes("bulk 1"));
  queue.add_bulk(to_bytes("bulk 2"));
  queue.add_control(to_bytes("control 1"));
  queue.add_control(to_bytes("control 2"));
  EXPECT_EQ(sent(queue, 1000),
            (std::vector<std::string>{"control 1", "control 2", "bulk 1", "bulk 2"}));
}

TEST(FrameQueue, AFrameThatHasBegunIsFinishedFirst) {
  FrameQueue queue;
  queue.add_bulk(to_bytes("bulk one"));
  queue.add_bulk(to_bytes("bulk two"));
  Bytes stream;
  append(stream, queue.take(8));
  EXPECT_EQ(as_text(ByteView(stream).subspan(4)), "bulk");
  queue.add_control(to_bytes("control"));
  append(stream, queue.take(1000));
  FrameReader reader;
  reader.feed(stream);
  EXPECT_EQ(take_all(reader),
            (std::vector<Bytes>{to_bytes("bulk one"), to_bytes("control"), to_bytes("bulk two")}));
}

TEST(FrameQueue, SizeCountsWhatIsStillToBeTaken) {
  FrameQueue queue;
  EXPECT_TRUE(queue.empty());
  queue.add_bulk(Bytes(100));
  queue.add_control(Bytes());
  EXPECT_EQ(queue.size(), 108u);
  EXPECT_EQ(queue.take(10).size(), 10u);
  EXPECT_EQ(queue.size(), 98u);
  queue.clear();
  EXPECT_TRUE(queue.empty());
  EXPECT_TRUE(queue.take(10).empty());
}

TEST(FrameQueue, AnyBatchSizesCarryAnyFrames) {
  Random random(1);
  for (int round = 0; round < 200; ++round) {
    FrameQueue queue;
    std::vector<std::string> frames;
    for (int i = 0; i < 10; ++i) {
      frames.push_back(std::string(random.below(40), static_cast<char>('a' + i)));
      queue.add_bulk(to_bytes(frames.back()));
    }
    EXPECT_EQ(sent(queue, 5 + random.below(60)), frames);
  }
}

}  // namespace
}  // namespace moshpit
