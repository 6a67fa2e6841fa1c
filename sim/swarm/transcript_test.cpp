// Frames as the product encodes them, put into words.
#include "sim/swarm/transcript.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "match/grid_key.hpp"
#include "net/network.hpp"
#include "reduce/chunk_values.hpp"
#include "wire/envelope.hpp"

namespace moshpit::sim {
namespace {

using namespace std::chrono_literals;

constexpr RoundTime second_round{2, 1};
const RunId run{Hasher().add(as_bytes("run")).digest()};
const RoundId round{Hasher().add(as_bytes("round")).digest()};

PeerId peer_id(std::uint64_t index) { return PeerId{Hasher().add(index).digest()}; }

Contact contact(std::uint64_t index) { return {peer_id(index), {Address{"10.0.0.1", 4000}}}; }

Bytes frame(FrameKind kind, Protocol protocol, std::uint32_t id, const Bytes& payload) {
  return in_envelope({kind, static_cast<std::uint8_t>(protocol), id}, payload);
}

// Peers p0, p1 and p2 of a run on a 3x3 grid.
class TranscriptTest : public testing::Test {
 protected:
  TranscriptTest() : transcript(grid) {
    for (std::uint64_t i = 0; i < 3; ++i) transcript.add_peer(peer_id(i));
    Hello hello;
    hello.run = run;
    hello.sender = contact(0);
    said(encode(hello));
  }

  // What p0 says to p1.
  Line said(const Bytes& bytes) {
    return transcript.write(Time{1s}, peer_id(0), peer_id(1), bytes);
  }
  Line replied(const Bytes& bytes) {
    return transcript.write(Time{1s}, peer_id(1), peer_id(0), bytes);
  }
  Line told(Protocol protocol, const Bytes& payload) {
    return said(frame(FrameKind::message, protocol, 0, payload));
  }

  DirectoryKey key() const { return GridKey::at_place(grid, 2).directory_key(run, second_round); }

  Grid grid = *Grid::parse("3x3");
  Transcript transcript;
};

TEST_F(TranscriptTest, NamesPeersGroupsAndTheRound) {
  MatchQuestion join{MatchQuestion::Kind::join, key(), second_round, 4};
  const Line line = said(frame(FrameKind::question, Protocol::match, 0, encode(join)));
  EXPECT_EQ(line.from, "p0");
  EXPECT_EQ(line.to, "p1");
  EXPECT_EQ(line.kind, "join");
  EXPECT_EQ(line.sentence, "join group (2,*) step 2 round 1, question 4");
}

TEST_F(TranscriptTest, ReadsAnAnswerAsOneToItsQuestion) {
  said(frame(FrameKind::question, Protocol::train, 7, encode(TrainQuestion(PlanQuestion()))));
  MatchQuestion hail{MatchQuestion::Kind::hail, key(), second_round, 0};
  said(frame(FrameKind::question, Protocol::match, 8, encode(hail)));
  MatchAnswer answer;
  answer.reply = MatchReply::redirect;
  answer.leader = contact(2);
  answer.newest = second_round;
  const Bytes bytes = in_envelope({FrameKind::answer, 0, 8}, encode(answer));
  EXPECT_EQ(replied(bytes).sentence, "I follow p2: ask it; newest is step 2 round 1");
  const Line plan = replied(in_envelope({FrameKind::answer, 0, 7}, encode(PlanAnswer{{}, 3, {}})));
  EXPECT_NE(plan.kind, "match answer");
  EXPECT_EQ(replied(in_envelope({FrameKind::answer, 0, 9}, {})).kind, "no answer");
}

TEST_F(TranscriptTest, NamesTheContributorsOfAResult) {
  Assembled assembled;
  assembled.key = key();
  assembled.group.id = round;
  assembled.group.time = second_round;
  assembled.group.members = {contact(1), contact(0), contact(2)};
  assembled.group.digits = {2, 0, 1};
  assembled.group.bandwidths = {0, 1, 2};
  EXPECT_EQ(told(Protocol::match, encode(MatchNote(assembled))).sentence,
            "assembled round " + round.brief() + " of (2,*) step 2 round 1: p1:2 p0:0 p2:1");
  ChunkHeader header;
  header.kind = ChunkKind::result;
  header.round = round;
  header.chunk = 4;
  header.weight = 1.5;
  header.contributors.set(0).set(2);
  const std::vector<float> values(512, 1.0f);
  const Line result = told(Protocol::reduce, encode_chunk(header, values));
  EXPECT_EQ(result.kind, "result");
  EXPECT_EQ(result.sentence,
            "chunk 4 of round " + round.brief() + " result, 2.0 KiB, mean weight 1.5 of p1 p2");
}

TEST_F(TranscriptTest, TellsWhoAnnouncesItselfWhere) {
  told(Protocol::match, encode(MatchNote(StepBegun{1})));
  RecordClaim claim{key(), contact(2), {}, 1, 1, 20s};
  const SignedRecord record({encode(claim), {}, {}}, 20s);
  DirectoryQuestion question;
  question.key = key();
  question.records = {record};
  question.watch = 10s;
  question.wants_closest = true;
  const Line line = said(frame(FrameKind::question, Protocol::directory, 0, encode(question)));
  EXPECT_EQ(line.sentence,
            "keep p2 under (2,*) step 2 round 1 for 20 s; who is closest to (2,*) step 2 round 1, "
            "tell me of news for 10 s");
  const Line answer = replied(in_envelope({FrameKind::answer, 0, 0}, encode(DirectoryAnswer{})));
  EXPECT_EQ(answer.sentence, "nothing new stands there");
}

TEST_F(TranscriptTest, NothingThatMayArriveIsTooStrange) {
  EXPECT_EQ(said({}).kind, "unreadable");
  Random random(1);
  for (int i = 0; i < 20'000; ++i) {
    Bytes noise(static_cast<std::size_t>(random.below(80)));
    random.fill(noise);
    if (noise.size() > 1) {
      noise[0] = static_cast<std::byte>(1 + random.below(6));
      noise[1] = static_cast<std::byte>(random.below(6));
    }
    EXPECT_FALSE(said(noise).sentence.empty());
  }
}

TEST_F(TranscriptTest, GivesJudgesTheNamesOfPeers) {
  EXPECT_EQ(transcript.glossary().renamed("peer " + peer_id(2).brief() + " lies"), "peer p2 lies");
}

}  // namespace
}  // namespace moshpit::sim
