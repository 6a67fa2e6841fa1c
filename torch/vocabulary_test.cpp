#include "torch/vocabulary.hpp"

#include <gtest/gtest.h>

#include "torch/test_text.hpp"

namespace moshpit {
namespace {

TEST(Vocabulary, LearnsPiecesOfTheText) {
  const Text text = draw_text(200, 1);
  const Vocabulary vocabulary = Vocabulary::learn(text, 80).value();
  EXPECT_LE(vocabulary.size(), 80u);
  EXPECT_GT(vocabulary.size(), 40u);
  const TokenisedText tokens = vocabulary.tokenise(text);
  EXPECT_EQ(tokens.vocabulary, vocabulary.size());
  EXPECT_EQ(tokens.documents.size(), text.size());
  std::size_t sentences = 0;
  for (const Document& document : text) sentences += document.size();
  ASSERT_EQ(tokens.sentences.size(), sentences);
  EXPECT_EQ(tokens.documents[1], tokens.sentences[text[0].size()]);
  const auto first = std::span(tokens.tokens).first(tokens.sentences[1]);
  EXPECT_EQ(vocabulary.spell(first), text[0][0]);
  for (Token token : tokens.tokens) {
    EXPECT_GE(token, SpecialTokens::first_piece);
    EXPECT_LT(token, vocabulary.size());
  }
}

TEST(Vocabulary, UnknownCharactersAreOneToken) {
  const Vocabulary vocabulary = Vocabulary::learn(draw_text(200, 1), 80).value();
  const TokenisedText tokens = vocabulary.tokenise({{"\xe4\xb8\xad"}});
  EXPECT_EQ(tokens.tokens.back(), SpecialTokens::unknown);
}

TEST(Vocabulary, TheSameTextGivesTheSameBytesAndTheyTravel) {
  const Text text = draw_text(100, 1);
  const Vocabulary vocabulary = Vocabulary::learn(text, 80).value();
  EXPECT_EQ(vocabulary.bytes(), Vocabulary::learn(text, 80).value().bytes());
  const Vocabulary received = Vocabulary::parse(vocabulary.bytes()).value();
  EXPECT_EQ(received.tokenise(text).tokens, vocabulary.tokenise(text).tokens);
}

TEST(Vocabulary, TooLittleTextIsASentence) {
  const auto vocabulary = Vocabulary::learn({}, 64);
  ASSERT_FALSE(vocabulary.ok());
  EXPECT_NE(vocabulary.error().message().find("use more text"), std::string::npos);
}

TEST(Vocabulary, NoDamageCrashes) {
  const std::string whole = Vocabulary::learn(draw_text(100, 1), 80).value().bytes();
  EXPECT_FALSE(Vocabulary::parse("").ok());
  EXPECT_FALSE(Vocabulary::parse("no vocabulary").ok());
  for (std::size_t i = 0; i < whole.size(); i += 7) {
    const auto cut = Vocabulary::parse(whole.substr(0, i));
    EXPECT_TRUE(cut.ok() || !cut.error().message().empty());
    std::string flipped = whole;
    flipped[i] = static_cast<char>(~flipped[i]);
    const auto parsed = Vocabulary::parse(flipped);
    EXPECT_TRUE(parsed.ok() || !parsed.error().message().empty());
  }
}

}  // namespace
}  // namespace moshpit
