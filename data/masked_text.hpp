// What ALBERT learns from (Lan et al. 2020, arXiv 1909.11942, section 3.1): pieces of text with
// some tokens hidden, each in two parts that are in their order or swapped. Examples are
// [CLS] first part [SEP] second part [SEP] and padding. The seed decides all of it: the cut between
// peers, the order, the parts and the masks.
//
// Differences from the paper: single tokens are hidden, not n-grams of up to three.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/random.hpp"
#include "data/shard.hpp"
#include "data/tokens.hpp"
#include "moshpit/result.hpp"

namespace moshpit {

// Example i is [i * length, (i + 1) * length) of tokens and segments.
struct TextBatch {
  std::size_t length = 0;
  std::vector<Token> tokens;
  std::vector<std::uint8_t> segments;  // 0: up to the first separator; 1: after it
  std::vector<std::uint32_t> lengths;  // of each example, without padding
  std::vector<std::uint32_t> hidden;   // indices into tokens, ascending
  std::vector<Token> truth;            // what stood there
  std::vector<std::uint8_t> swapped;   // of each example: 1 if the second part was before the first

  std::size_t size() const { return lengths.size(); }
};

class MaskedText {
 public:
  // The part of `peer`, of 0 ... peers - 1 that share text, length and seed; `text` outlives it.
  // Errors: bad_data if fewer than `peers` places of the text have half a length's tokens after
  // them in their document. Requires: length >= 8, peer < peers.
  static Result<MaskedText> of(const TokenisedText& text, std::size_t length, std::size_t peer,
                               std::size_t peers, std::uint64_t seed);

  // The next `count` examples, in passes without end over this peer's part.
  void next(std::size_t count, TextBatch& batch);

  // Sentences of this peer's part that examples begin with.
  std::size_t size() const { return shard_.size(); }

 private:
  struct Piece {
    std::size_t begin, cut, end;
  };

  MaskedText(const TokenisedText& text, std::size_t length, std::vector<std::uint32_t> starts,
             Shard shard, Random random);

  Piece piece_from(std::uint32_t sentence);
  void add(const Piece& piece, TextBatch& batch);
  void hide(std::size_t first, std::size_t count, TextBatch& batch);

  const TokenisedText* text_;
  std::size_t length_;
  std::vector<std::uint32_t> starts_;  // sentences that a piece may begin with
  Shard shard_;                        // of starts_
  Random random_;
  std::vector<std::uint32_t> candidates_;
};

}  // namespace moshpit
