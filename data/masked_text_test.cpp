#include "data/masked_text.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

namespace moshpit {
namespace {

constexpr std::size_t vocabulary = 1'000;

// Documents of sentences of seven tokens; token i is 5 + i modulo what is left.
TokenisedText counting_text(std::size_t sentences, std::size_t a_document) {
  TokenisedText text{vocabulary, {}, {}, {}};
  for (std::size_t s = 0; s < sentences; ++s) {
    const auto at = static_cast<std::uint32_t>(text.tokens.size());
    if (s % a_document == 0) text.documents.push_back(at);
    text.sentences.push_back(at);
    for (std::size_t k = 0; k < 7; ++k) {
      text.tokens.push_back(static_cast<Token>(5 + text.tokens.size() % (vocabulary - 5)));
    }
  }
  return text;
}

// The batch before its tokens were hidden.
std::vector<Token> restored(const TextBatch& batch) {
  std::vector<Token> tokens = batch.tokens;
  for (std::size_t i = 0; i < batch.hidden.size(); ++i) tokens[batch.hidden[i]] = batch.truth[i];
  return tokens;
}

TEST(MaskedText, ExamplesAreTwoPartsInOrderOrSwapped) {
  const TokenisedText text = counting_text(140, 200);  // tokens do not repeat
  auto masked = MaskedText::of(text, 32, 0, 1, 1).value();
  TextBatch batch;
  masked.next(400, batch);
  ASSERT_EQ(batch.size(), 400u);
  std::size_t swapped = 0;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto all = restored(batch);
    const std::vector<Token> example(all.begin() + static_cast<std::ptrdiff_t>(i * 32),
                                     all.begin() + static_cast<std::ptrdiff_t>((i + 1) * 32));
    const std::size_t used = batch.lengths[i];
    ASSERT_EQ(example[0], SpecialTokens::begin);
    ASSERT_EQ(example[used - 1], SpecialTokens::separator);
    const auto middle = std::find(example.begin(), example.end(), SpecialTokens::separator);
    std::vector<Token> first(example.begin() + 1, middle);
    std::vector<Token> second(middle + 1, example.begin() + static_cast<std::ptrdiff_t>(used) - 1);
    ASSERT_FALSE(first.empty());
    ASSERT_FALSE(second.empty());
    for (std::size_t k = 0; k < 32; ++k) {
      const auto after = static_cast<std::size_t>(middle - example.begin());
      ASSERT_EQ(batch.segments[i * 32 + k], k > after && k < used);
      ASSERT_EQ(example[k] == SpecialTokens::padding, k >= used);
    }
    if (batch.swapped[i]) std::swap(first, second);
    swapped += batch.swapped[i];
    first.insert(first.end(), second.begin(), second.end());
    ASSERT_EQ((first[0] - 5) % 7, 0) << "pieces begin with a sentence";
    for (std::size_t k = 1; k < first.size(); ++k) ASSERT_EQ(first[k], first[0] + k);
  }
  EXPECT_NEAR(static_cast<double>(swapped), 200, 40);
}

TEST(MaskedText, NoExampleReachesIntoTheNextDocument) {
  const TokenisedText text = counting_text(130, 3);  // 21 tokens a document
  auto masked = MaskedText::of(text, 32, 0, 1, 1).value();
  TextBatch batch;
  masked.next(300, batch);
  const auto all = restored(batch);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    std::set<int> documents;
    for (std::size_t k = 0; k < batch.lengths[i]; ++k) {
      const Token token = all[i * 32 + k];
      if (token >= SpecialTokens::first_piece) documents.insert((token - 5) / 21);
    }
    EXPECT_EQ(documents.size(), 1u);
  }
}

TEST(MaskedText, SharesOfWhatIsHidden) {
  const TokenisedText text = counting_text(1'000, 1'000);
  auto masked = MaskedText::of(text, 128, 0, 1, 1).value();
  TextBatch batch;
  masked.next(500, batch);
  const auto all = restored(batch);
  const auto is_piece = [](Token token) { return token >= SpecialTokens::first_piece; };
  const auto pieces = static_cast<double>(std::count_if(all.begin(), all.end(), is_piece));
  const auto hidden = static_cast<double>(batch.hidden.size());
  EXPECT_NEAR(hidden / pieces, 0.15, 0.005);
  double masks = 0;
  double kept = 0;
  for (std::size_t i = 0; i < batch.hidden.size(); ++i) {
    const Token shown = batch.tokens[batch.hidden[i]];
    masks += shown == SpecialTokens::mask;
    kept += shown == batch.truth[i];
    EXPECT_TRUE(is_piece(batch.truth[i]));
    EXPECT_LT(shown, vocabulary);
  }
  EXPECT_NEAR(masks / hidden, 0.8, 0.02);
  EXPECT_NEAR(kept / hidden, 0.1, 0.02);
  EXPECT_TRUE(std::is_sorted(batch.hidden.begin(), batch.hidden.end()));
}

TEST(MaskedText, TheSeedDecidesAllOfIt) {
  const TokenisedText text = counting_text(300, 50);
  TextBatch one, same, other, peer;
  MaskedText::of(text, 32, 0, 2, 1).value().next(20, one);
  MaskedText::of(text, 32, 0, 2, 1).value().next(20, same);
  MaskedText::of(text, 32, 0, 2, 2).value().next(20, other);
  MaskedText::of(text, 32, 1, 2, 1).value().next(20, peer);
  EXPECT_EQ(one.tokens, same.tokens);
  EXPECT_EQ(one.swapped, same.swapped);
  EXPECT_NE(one.tokens, other.tokens);
  EXPECT_NE(one.tokens, peer.tokens);
}

TEST(MaskedText, PeersBeginWithDifferentSentences) {
  const TokenisedText text = counting_text(100, 100);
  std::multiset<Token> begins;
  for (std::size_t peer = 0; peer < 4; ++peer) {
    auto masked = MaskedText::of(text, 16, peer, 4, 1).value();
    TextBatch batch;
    masked.next(masked.size(), batch);
    const auto all = restored(batch);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const auto* example = all.data() + i * 16;
      const auto* middle = std::find(example, example + 16, SpecialTokens::separator);
      begins.insert(batch.swapped[i] ? middle[1] : example[1]);
    }
  }
  EXPECT_EQ(begins.size(), 99u);  // the last sentence is too short for an example
  EXPECT_EQ(std::set<Token>(begins.begin(), begins.end()).size(), 99u);
}

TEST(MaskedText, TooLittleTextIsASentence) {
  const TokenisedText text = counting_text(4, 1);
  const auto masked = MaskedText::of(text, 32, 0, 1, 1);
  ASSERT_FALSE(masked.ok());
  EXPECT_EQ(masked.error().code(), ErrorCode::bad_data);
  EXPECT_NE(masked.error().message().find("use more text"), std::string::npos);
}

}  // namespace
}  // namespace moshpit
