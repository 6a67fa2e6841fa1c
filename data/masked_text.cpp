#include "data/masked_text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <span>
#include <utility>

#include "base/assert.hpp"

namespace moshpit {
namespace {

// [CLS] and two [SEP].
constexpr std::size_t specials = 3;

// Of each example this share is hidden; of what is hidden most is replaced by [MASK], some by any
// piece, some stays (Devlin et al. 2019, section 3.1).
constexpr double hidden_share = 0.15;
constexpr double masked_share = 0.8;
constexpr double replaced_share = 0.1;

std::size_t document_end(const TokenisedText& text, std::size_t token) {
  const auto next = std::upper_bound(text.documents.begin(), text.documents.end(), token);
  return next == text.documents.end() ? text.tokens.size() : *next;
}

// What an example that begins there may hold at most.
std::size_t piece_end(const TokenisedText& text, std::size_t begin, std::size_t length) {
  return std::min(begin + length - specials, document_end(text, begin));
}

}  // namespace

Result<MaskedText> MaskedText::of(const TokenisedText& text, std::size_t length, std::size_t peer,
                                  std::size_t peers, std::uint64_t seed) {
  MOSHPIT_ASSERT(length >= 8 && peer < peers);
  std::vector<std::uint32_t> starts;
  for (std::uint32_t sentence = 0; sentence < text.sentences.size(); ++sentence) {
    const std::size_t begin = text.sentences[sentence];
    if (piece_end(text, begin, length) - begin >= length / 2) starts.push_back(sentence);
  }
  if (starts.size() < peers) {
    return Error(ErrorCode::bad_data,
                 fmt::format("the text has {} places where an example of {} tokens can begin, and "
                             "{} peers need one each; use more text or shorter examples",
                             starts.size(), length, peers));
  }
  Shard shard(starts.size(), peer, peers, seed);
  // Peers of one seed hide different tokens.
  Random random(seed ^ (0x9e3779b97f4a7c15u * (peer + 1)));
  return MaskedText(text, length, std::move(starts), std::move(shard), random);
}

MaskedText::MaskedText(const TokenisedText& text, std::size_t length,
                       std::vector<std::uint32_t> starts, Shard shard, Random random)
    : text_(&text),
      length_(length),
      starts_(std::move(starts)),
      shard_(std::move(shard)),
      random_(random) {}

void MaskedText::next(std::size_t count, TextBatch& batch) {
  batch.length = length_;
  batch.tokens.assign(count * length_, SpecialTokens::padding);
  batch.segments.assign(count * length_, 0);
  batch.lengths.clear();
  batch.hidden.clear();
  batch.truth.clear();
  batch.swapped.clear();
  for (std::size_t i = 0; i < count; ++i) add(piece_from(starts_[shard_.next_index()]), batch);
}

// The parts meet where a sentence begins, or in the middle if no sentence ends in the piece.
MaskedText::Piece MaskedText::piece_from(std::uint32_t sentence) {
  const auto& sentences = text_->sentences;
  const std::size_t begin = sentences[sentence];
  const std::size_t end = piece_end(*text_, begin, length_);
  const auto first = sentences.begin() + sentence + 1;
  const auto last = std::lower_bound(first, sentences.end(), end);
  if (first == last) return {begin, begin + (end - begin) / 2, end};
  const auto chosen = random_.below(static_cast<std::uint64_t>(last - first));
  return {begin, first[static_cast<std::ptrdiff_t>(chosen)], end};
}

void MaskedText::add(const Piece& piece, TextBatch& batch) {
  const bool swapped = random_.chance(0.5);
  const std::span<const Token> all(text_->tokens);
  auto first = all.subspan(piece.begin, piece.cut - piece.begin);
  auto second = all.subspan(piece.cut, piece.end - piece.cut);
  if (swapped) std::swap(first, second);

  const std::size_t at = batch.size() * length_;
  const std::size_t used = first.size() + second.size() + specials;
  auto token = batch.tokens.begin() + static_cast<std::ptrdiff_t>(at);
  *token++ = SpecialTokens::begin;
  token = std::copy(first.begin(), first.end(), token);
  *token++ = SpecialTokens::separator;
  token = std::copy(second.begin(), second.end(), token);
  *token = SpecialTokens::separator;
  std::fill_n(batch.segments.begin() + static_cast<std::ptrdiff_t>(at + first.size() + 2),
              second.size() + 1, std::uint8_t{1});
  batch.lengths.push_back(static_cast<std::uint32_t>(used));
  batch.swapped.push_back(swapped);
  hide(at, used, batch);
}

void MaskedText::hide(std::size_t first, std::size_t count, TextBatch& batch) {
  candidates_.clear();
  for (std::size_t i = first; i < first + count; ++i) {
    if (batch.tokens[i] >= SpecialTokens::first_piece) {
      candidates_.push_back(static_cast<std::uint32_t>(i));
    }
  }
  random_.shuffle(std::span(candidates_));
  const auto share =
      static_cast<std::size_t>(hidden_share * static_cast<double>(candidates_.size()) + 0.5);
  candidates_.resize(std::min(candidates_.size(), std::max<std::size_t>(share, 1)));
  std::sort(candidates_.begin(), candidates_.end());
  for (std::uint32_t i : candidates_) {
    batch.hidden.push_back(i);
    batch.truth.push_back(batch.tokens[i]);
    const double draw = random_.unit();
    if (draw < masked_share) {
      batch.tokens[i] = SpecialTokens::mask;
    } else if (draw < masked_share + replaced_share) {
      const auto pieces = text_->vocabulary - SpecialTokens::first_piece;
      batch.tokens[i] = static_cast<Token>(SpecialTokens::first_piece + random_.below(pieces));
    }
  }
}

}  // namespace moshpit
