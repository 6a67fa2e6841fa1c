// Text as numbers: one token after the other, and where sentences and documents begin. Two bytes a
// token, because many peers of one machine hold the same text.
#pragma once

#include <cstdint>
#include <vector>

namespace moshpit {

using Token = std::uint16_t;

// The first numbers of every vocabulary of ours; pieces of words come after them.
struct SpecialTokens {
  static constexpr Token padding = 0;
  static constexpr Token unknown = 1;
  static constexpr Token begin = 2;      // [CLS]
  static constexpr Token separator = 3;  // [SEP]
  static constexpr Token mask = 4;
  static constexpr Token first_piece = 5;
};

// Sentence s is tokens [sentences[s], sentences[s + 1]), the last one to the end; documents list
// the tokens at which a document begins. Both ascend, and every document begins with a sentence.
struct TokenisedText {
  std::size_t vocabulary = 0;  // every token is below
  std::vector<Token> tokens;
  std::vector<std::uint32_t> sentences;
  std::vector<std::uint32_t> documents;
};

}  // namespace moshpit
