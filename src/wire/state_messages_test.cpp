// What travels of a run's state: offers, manifests and pieces.
#include <gtest/gtest.h>

#include "wire/checkpoint_messages.hpp"
#include "wire/train_messages.hpp"

namespace moshpit {
namespace {

Digest digest(std::uint64_t number) { return Hasher().add(number).digest(); }

TEST(StateMessages, QuestionsComeBackAsTheyWere) {
  const auto piece = decode_train_question(encode(TrainQuestion(PieceQuestion{digest(1), 7})));
  ASSERT_TRUE(piece && std::holds_alternative<PieceQuestion>(*piece));
  EXPECT_EQ(std::get<PieceQuestion>(*piece).state, digest(1));
  EXPECT_EQ(std::get<PieceQuestion>(*piece).piece, 7u);
  const auto manifest = decode_train_question(encode(TrainQuestion(ManifestQuestion{digest(2)})));
  ASSERT_TRUE(manifest && std::holds_alternative<ManifestQuestion>(*manifest));
  EXPECT_EQ(std::get<ManifestQuestion>(*manifest).state, digest(2));
  const auto offers = decode_train_question(encode(TrainQuestion(OffersQuestion())));
  EXPECT_TRUE(offers && std::holds_alternative<OffersQuestion>(*offers));
}

RunPlan unusual_plan() {
  RunPlan plan;
  plan.mode = TrainingMode::collective;
  plan.grid = Grid::create(5, 3).value();
  plan.rounds = 4;
  plan.model = "a model";
  plan.settings = "data=here\nseed=2";
  plan.elements = 70;
  plan.changes = 30;
  plan.steps = 9;
  plan.period = 3;
  plan.period_time = std::chrono::milliseconds(1500);
  plan.overlap = 2;
  plan.target_batch = 77.5;
  plan.state_every = 6;
  plan.state_codec = Codec::bf16;
  plan.outer_rate = 0.3;
  plan.outer_momentum = 0.4;
  plan.seed = 8;
  plan.weight_limit = 1e6;
  plan.codec = Codec::int8;
  plan.largest_group = 12;
  return plan;
}

TEST(StateMessages, APlanComesBackWhole) {
  RunPlan plan = unusual_plan();
  const auto answer = decode_plan_answer(encode(PlanAnswer{plan, 11, {}}));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->plan, plan);
  EXPECT_EQ(answer->clock, 11u);
  plan.rounds = rounds_limit + 1;
  EXPECT_FALSE(decode_plan_answer(encode(PlanAnswer{plan, 11, {}})));
}

TEST(StateMessages, AnOfferOfNothingOrOfTooMuchIsNotRead) {
  for (const std::uint64_t elements : {std::uint64_t{1}, state_elements_limit}) {
    EXPECT_TRUE(decode_state_offer(encode(StateOffer{1, elements, digest(1)})));
  }
  for (const std::uint64_t elements : {std::uint64_t{0}, state_elements_limit + 1}) {
    EXPECT_FALSE(decode_state_offer(encode(StateOffer{1, elements, digest(1)})));
  }
  const StateOffers too_many(state_offers_limit + 1, StateOffer{1, 1, digest(1)});
  EXPECT_FALSE(decode_state_offers(encode(too_many)));
}

TEST(StateMessages, ThePiecesOfAStateAreAsManyAsItNeeds) {
  EXPECT_EQ(state_pieces(1), 1u);
  EXPECT_EQ(state_pieces(state_piece_elements), 1u);
  EXPECT_EQ(state_pieces(state_piece_elements + 1), 2u);
  // The manifest of the largest state is a message.
  EXPECT_LE(state_pieces(state_elements_limit) * sizeof(Digest) + 8, message_limit);
}

TEST(StateMessages, AManifestIsNoPieceAndNothingElseIsEither) {
  const Bytes manifest = encode(StateManifest{{digest(1), digest(2)}});
  ASSERT_TRUE(decode_state_manifest(manifest));
  EXPECT_EQ(decode_state_manifest(manifest)->pieces[1], digest(2));
  EXPECT_FALSE(decode_state_piece(manifest));
  const Bytes piece = encode_piece(3, Bytes(8));
  ASSERT_TRUE(decode_state_piece(piece));
  EXPECT_EQ(decode_state_piece(piece)->piece, 3u);
  EXPECT_EQ(decode_state_piece(piece)->values, Bytes(8));
  EXPECT_FALSE(decode_state_manifest(piece));
  for (std::size_t length = 0; length < piece.size(); ++length) {
    EXPECT_FALSE(decode_state_piece(Bytes(piece.begin(), piece.begin() + std::ptrdiff_t(length))));
  }
  EXPECT_FALSE(decode_state_piece(encode_piece(0, Bytes(state_piece_bytes + 4))));
  EXPECT_FALSE(decode_state_piece(encode_piece(0, Bytes(3))));
}

TEST(CheckpointMessages, AHeaderThatIsCutOffIsNotReadAsAnother) {
  CheckpointHeader header;
  header.checkpoint.plan.model = "small";
  header.checkpoint.plan.elements = 1;
  header.checkpoint.sections = {{"parameters", {}}};
  header.sections = {{5, digest(1)}};
  header.checkpoint.notes = {{"a", "b"}};
  const auto back = decode_checkpoint_header(encode(header));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->checkpoint, header.checkpoint);
  EXPECT_EQ(back->sections.front().elements, 5u);
  EXPECT_EQ(back->sections.front().digest, digest(1));
  EXPECT_FALSE(decode_checkpoint_header(as_bytes("nonsense")));
}

}  // namespace
}  // namespace moshpit
