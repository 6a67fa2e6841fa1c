#include "net/frames.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <iterator>
#include <string>
#include <vector>

#include "base/random.hpp"

namespace moshpit {
namespace {

// The next bytes of the stream, in one piece.
Bytes taken(FrameQueue& queue, std::size_t limit) {
  Bytes all;
  for (const ByteView piece : queue.take(limit)) append(all, piece);
  return all;
}

Bytes encoded(const std::vector<Bytes>& frames) {
  FrameQueue queue;
  for (const Bytes& frame : frames) queue.add_bulk(frame);
  return taken(queue, 1 << 30);
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
    const Bytes batch = taken(queue, limit);
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

TEST(FrameReader, FramesOfNothingCountAsReadAhead) {
  FrameReader reader;
  reader.feed(Bytes(400'000));
  EXPECT_EQ(reader.unread(), 400'000u);
  EXPECT_EQ(take_all(reader).size(), 100'000u);
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

// As a socket fills it: both parts of the room, in any pieces, also while nobody takes frames.
TEST(FrameReader, WhatIsReadInPlaceIsTheSame) {
  Random random(2);
  for (int round = 0; round < 100; ++round) {
    std::vector<Bytes> frames;
    for (int i = 0; i < 8; ++i) {
      frames.emplace_back(random.below(i % 2 == 0 ? 100 : 200'000));
      random.fill(frames.back());
    }
    const Bytes stream = encoded(frames);
    FrameReader reader;
    reader.set_limit(1 << 20);
    std::vector<Bytes> found;
    for (std::size_t read = 0; read < stream.size();) {
      const FrameReader::Room room = reader.room();
      const std::size_t most = room.frame.size() + room.behind.size();
      const std::size_t size = random.below(std::min(most, stream.size() - read) + 1);
      const std::size_t in_frame = std::min(size, room.frame.size());
      std::ranges::copy(ByteView(stream).subspan(read, in_frame), room.frame.begin());
      std::ranges::copy(ByteView(stream).subspan(read + in_frame, size - in_frame),
                        room.behind.begin());
      reader.filled(size);
      read += size;
      if (round % 2 == 0) std::ranges::move(take_all(reader), std::back_inserter(found));
    }
    std::ranges::move(take_all(reader), std::back_inserter(found));
    EXPECT_EQ(found, frames);
    EXPECT_EQ(reader.unread(), 0u);
  }
}

TEST(FrameQueue, WhatIsSharedIsSentBeforeWhatIsAddedToIt) {
  const SharedBytes shared(to_bytes("shared"));
  for (std::size_t limit = 1; limit < 30; ++limit) {
    FrameQueue queue;
    for (const char* own : {" one", " two"}) {
      Frame frame(shared);
      append(frame.own(), as_bytes(own));
      queue.add_bulk(std::move(frame));
    }
    EXPECT_EQ(sent(queue, limit), (std::vector<std::string>{"shared one", "shared two"}));
  }
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
  append(stream, taken(queue, 8));
  EXPECT_EQ(as_text(ByteView(stream).subspan(4)), "bulk");
  queue.add_control(to_bytes("control"));
  append(stream, taken(queue, 1000));
  FrameReader reader;
  reader.feed(stream);
  EXPECT_EQ(take_all(reader),
            (std::vector<Bytes>{to_bytes("bulk one"), to_bytes("control"), to_bytes("bulk two")}));
}

TEST(FrameQueue, LettingGoOfPiecesLosesNothing) {
  FrameQueue queue;
  queue.add_bulk(to_bytes("first"));
  queue.add_bulk(to_bytes("second"));
  Bytes stream = taken(queue, 12);
  queue.let_go();
  append(stream, taken(queue, 100));
  FrameReader reader;
  reader.feed(stream);
  EXPECT_EQ(take_all(reader), (std::vector<Bytes>{to_bytes("first"), to_bytes("second")}));
}

TEST(FrameQueue, SizeCountsWhatIsStillToBeTaken) {
  FrameQueue queue;
  EXPECT_TRUE(queue.empty());
  queue.add_bulk(Bytes(100));
  queue.add_control(Bytes());
  EXPECT_EQ(queue.size(), 108u);
  EXPECT_EQ(taken(queue, 10).size(), 10u);
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
    EXPECT_EQ(sent(queue, 1 + random.below(60)), frames);
  }
}

}  // namespace
}  // namespace moshpit
