// Vocabulary: pieces of words and their numbers, learnt from a text by SentencePiece (Kudo and
// Richardson 2018, arXiv 1808.06226; its unigram model, as ALBERT's). Who joins a run gets the
// bytes, so that a token means the same to every peer. No SentencePiece in this header; a
// vocabulary may be read by several threads.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "data/text.hpp"
#include "data/tokens.hpp"
#include "moshpit/result.hpp"

namespace moshpit {

class Pieces;

class Vocabulary {
 public:
  // At most `size` pieces, special tokens included; fewer if the text does not have as many.
  // The same text gives the same pieces. Errors: bad_data if the text is too short for any, io if
  // SentencePiece is not where it was built (torch/pieces.hpp).
  // Requires: 64 <= size <= 65536.
  static Result<Vocabulary> learn(const Text& text, std::size_t size);

  // From bytes(). Errors: bad_data if they are no vocabulary of ours.
  static Result<Vocabulary> parse(std::string bytes);

  ~Vocabulary();
  Vocabulary(Vocabulary&& other) noexcept;

  const std::string& bytes() const { return bytes_; }
  std::size_t size() const;

  TokenisedText tokenise(const Text& text) const;

  // What the pieces spell. Requires: tokens < size().
  std::string spell(std::span<const Token> tokens) const;

 private:
  Vocabulary(std::string bytes, std::unique_ptr<const Pieces> pieces);

  std::string bytes_;
  std::unique_ptr<const Pieces> pieces_;
};

}  // namespace moshpit
