// What a step did to a chunk: all sequences of three rounds, and how the caller's vector takes it.
#include "average/outcome.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace moshpit {
namespace {

enum class Fate { alone, kept, with_me, without_me };

RoundReport round_with(Fate fate) {
  RoundReport round;
  round.self = 1;
  if (fate == Fate::alone) return round;
  ChunkReport chunk;
  chunk.end = 4;
  chunk.averaged = fate != Fate::kept;
  if (chunk.averaged) chunk.contributors.set(0);
  if (fate == Fate::with_me) chunk.contributors.set(1);
  round.chunks = {chunk};
  return round;
}

TEST(Outcome, OneMeanWithoutMeLeavesMeOut) {
  const Fate fates[] = {Fate::alone, Fate::kept, Fate::with_me, Fate::without_me};
  for (Fate first : fates) {
    for (Fate second : fates) {
      for (Fate third : fates) {
        StepReport report;
        bool in = false;
        bool out = false;
        for (Fate fate : {first, second, third}) {
          report.rounds.push_back(round_with(fate));
          in = in || fate == Fate::with_me;
          out = out || fate == Fate::without_me;
        }
        const ChunkOutcome expected = out  ? ChunkOutcome::left_out
                                      : in ? ChunkOutcome::averaged
                                           : ChunkOutcome::kept;
        EXPECT_EQ(outcome_of_chunk(report, 0), expected);
      }
    }
  }
}

struct Vectors {
  StepOutcome outcome;
  std::vector<float> snapshot{1, 1, 1, 1};
  std::vector<float> carried{0.5f, 0.5f, 0.5f, 0.5f};
  std::vector<float> own{1, 1.25f, 1, 1.25f};  // the second of each chunk has moved meanwhile

  explicit Vectors(ChunkOutcome one, ChunkOutcome other) {
    outcome.values = {3, 3, 3, 3};
    outcome.chunks = {one, other};
    outcome.chunk_elements = 2;
    apply_outcome(outcome, snapshot, carried, own);
  }
};

TEST(Apply, AnAveragedElementIsAssignedAndOneThatMovedGetsTheChange) {
  const Vectors vectors(ChunkOutcome::averaged, ChunkOutcome::kept);
  EXPECT_EQ(vectors.own, (std::vector<float>{3, 3.25f, 1, 1.25f}));
  EXPECT_EQ(vectors.carried, (std::vector<float>{3, 3, 0.5f, 0.5f}));
}

TEST(Apply, WorkThatWasLeftOutSurvives) {
  const Vectors vectors(ChunkOutcome::kept, ChunkOutcome::left_out);
  EXPECT_EQ(vectors.own, (std::vector<float>{1, 1.25f, 3.5f, 3.75f}));
  EXPECT_EQ(vectors.carried, (std::vector<float>{0.5f, 0.5f, 3, 3}));
}

// own + (mean - own) is not the mean in fp32: 16777216 + (1 - 16777216) loses the one.
TEST(Apply, AnElementThatDidNotMoveHoldsTheMeanToTheBit) {
  StepOutcome outcome;
  outcome.values = {0.1f};
  outcome.chunks = {ChunkOutcome::averaged};
  const std::vector<float> snapshot{16777216.0f};
  std::vector<float> carried{0};
  std::vector<float> own = snapshot;
  apply_outcome(outcome, snapshot, carried, own);
  EXPECT_EQ(own[0], 0.1f);
}

}  // namespace
}  // namespace moshpit
