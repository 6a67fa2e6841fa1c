// Where the watch sees a peer come to a step of the protocol, frame by frame.
#include "sim/swarm/failpoint_watch.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "net/network.hpp"
#include "reduce/chunk_values.hpp"
#include "wire/envelope.hpp"

namespace moshpit::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t elements = 4 * 256;  // four chunks
const DirectoryKey key{Hasher().add(as_bytes("key")).digest()};
const RoundId round{Hasher().add(as_bytes("round")).digest()};

PeerId peer_id(std::uint64_t index) { return PeerId{Hasher().add(index).digest()}; }
Contact contact(std::uint64_t index) { return {peer_id(index), {Address{"10.0.0.1", 4000}}}; }

Bytes frame(FrameKind kind, Protocol protocol, const Bytes& payload) {
  return in_envelope({kind, static_cast<std::uint8_t>(protocol), 0}, payload);
}

// Peers 0, who leads, and 1, who follows, each the owner of two chunks; 2 is a newcomer.
class FailpointWatchTest : public testing::Test {
 protected:
  FailpointWatchTest() : watch(elements) {
    for (std::uint64_t i = 0; i < 3; ++i) watch.add_peer(peer_id(i), false);
  }

  void meet() {
    Assembled assembled;
    assembled.key = key;
    assembled.group.id = round;
    assembled.group.members = {contact(0), contact(1)};
    assembled.group.digits = {0, 1};
    assembled.group.bandwidths = {0, 0};
    deliver(0, 1, frame(FrameKind::message, Protocol::match, encode(MatchNote(assembled))));
  }

  void deliver(std::size_t from, std::size_t to, const Bytes& bytes) {
    watch.sent(from, peer_id(to), bytes);
    watch.received(to, bytes);
  }

  void chunk(ChunkKind kind, std::size_t from, std::uint32_t index) {
    ChunkHeader header;
    header.kind = kind;
    header.round = round;
    header.chunk = index;
    header.sender = static_cast<std::uint16_t>(from);
    const std::vector<float> values(256, 1.0f);
    deliver(from, 1 - from,
            frame(FrameKind::message, Protocol::reduce, encode_chunk(header, values)));
  }

  // What has occurred since the last call: "0 leader assemble".
  std::vector<std::string> news() {
    std::vector<std::string> lines;
    for (const Occurrence& one : watch.occurrences()) {
      if (one.number < told_) continue;
      lines.push_back(std::to_string(one.peer) + " " + std::string(name_of(one.part)) + " " +
                      std::string(name_of(one.point)));
    }
    told_ = watch.count();
    return lines;
  }

  using Lines = std::vector<std::string>;
  FailpointWatch watch;

 private:
  std::size_t told_ = 0;
};

TEST_F(FailpointWatchTest, WhoLedIsKnownAfterwards) {
  for (std::size_t peer : {0u, 1u}) {
    RecordClaim claim{key, contact(peer), {}, 1, 1, 20s};
    DirectoryQuestion question;
    question.key = key;
    question.records = {SignedRecord({encode(claim), {}, {}}, 20s)};
    deliver(peer, 2, frame(FrameKind::question, Protocol::directory, encode(question)));
    deliver(peer, 1 - peer, frame(FrameKind::question, Protocol::directory, encode(question)));
  }
  EXPECT_TRUE(watch.occurrences().empty()) << "nobody has come to a group";
  meet();
  EXPECT_EQ(news(), (Lines{"0 leader announce", "1 member announce", "0 leader assemble",
                           "1 member assemble"}));
}

TEST_F(FailpointWatchTest, AnOwnerHasAllInBeforeAResultIsOut) {
  meet();
  news();
  chunk(ChunkKind::contribution, 0, 2);
  EXPECT_EQ(news(), (Lines{"0 leader first chunk", "1 owner first chunk"}));
  chunk(ChunkKind::contribution, 0, 3);
  EXPECT_EQ(news(), (Lines{"1 owner all in"}));
  chunk(ChunkKind::result, 1, 2);
  EXPECT_EQ(news(), (Lines{"1 owner half out"}));
  chunk(ChunkKind::contribution, 1, 0);
  chunk(ChunkKind::contribution, 1, 1);
  news();
  chunk(ChunkKind::result, 1, 3);
  EXPECT_EQ(news(), (Lines{"1 owner settled", "0 leader settled"}));
}

// A watch of a run whose state is of four pieces.
class DownloadWatchTest : public FailpointWatchTest {
 protected:
  DownloadWatchTest() {
    watch = FailpointWatch(4 * state_piece_elements);
    for (std::uint64_t i = 0; i < 3; ++i) watch.add_peer(peer_id(i), false);
  }
  void give(std::size_t donor, std::uint32_t piece) {
    const Bytes question = encode(TrainQuestion(PieceQuestion{{}, piece}));
    deliver(2, donor, frame(FrameKind::question, Protocol::train, question));
    deliver(donor, 2, in_envelope({FrameKind::answer, 0, 0}, encode_piece(piece, Bytes(4))));
  }
};

TEST_F(DownloadWatchTest, HalfADownloadIsNotAllOfIt) {
  give(0, 0);
  EXPECT_TRUE(news().empty());
  give(0, 1);
  EXPECT_EQ(news(), (Lines{"0 donor donor half"}));
  give(0, 2);
  give(0, 3);
  EXPECT_TRUE(news().empty());
}

TEST_F(DownloadWatchTest, OneOfSeveralDonorsIsAtTheHalf) {
  give(1, 3);
  give(0, 3);
  EXPECT_TRUE(news().empty()) << "the same piece twice is no half";
  give(0, 1);
  EXPECT_EQ(news(), (Lines{"0 donor donor half", "0 donor donors half"}));
}

}  // namespace
}  // namespace moshpit::sim
