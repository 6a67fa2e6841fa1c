#include "torch/vocabulary.hpp"

#include <dlfcn.h>
#include <filesystem>
#include <fmt/format.h>
#include <functional>
#include <limits>
#include <map>
#include <system_error>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "torch/pieces.hpp"

namespace moshpit {
namespace {

// SentencePiece holds what it learns from several times over, and every peer learns before it can
// train: of 180,000 sentences of classic books for 20 s. Beyond this, more text of the same kind
// changes few pieces.
constexpr const char* sentences_limit = "20000";

Error no_vocabulary(const std::string& why) {
  return Error(ErrorCode::bad_data,
               fmt::format("these bytes are no vocabulary ({}); fetch it from a peer again", why));
}

// Where the module is: beside the program. It stays loaded.
Result<const PiecesModule*> module() {
  std::error_code failure;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failure);
  const auto path = program.parent_path() / "moshpit-pieces.so";
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  void* entry = library ? dlsym(library, "moshpit_pieces") : nullptr;
  if (!entry) {
    return Error(ErrorCode::io, fmt::format("SentencePiece cannot be loaded ({}); keep {} where it "
                                            "was built",
                                            dlerror(), path.string()));
  }
  return reinterpret_cast<decltype(&moshpit_pieces)>(entry)();
}

// All sentences of a text in order, then null.
std::function<const std::string*()> sentences_of(const Text& text) {
  return [&text, document = std::size_t{0}, sentence = std::size_t{0}]() mutable {
    while (document < text.size() && sentence == text[document].size()) {
      ++document;
      sentence = 0;
    }
    return document < text.size() ? &text[document][sentence++] : nullptr;
  };
}

std::map<std::string, std::string> settings(std::size_t size) {
  return {
      {"model_type", "unigram"},
      {"vocab_size", std::to_string(size)},
      {"hard_vocab_limit", "false"},
      {"character_coverage", "0.9995"},  // what its authors advise for languages with an alphabet
      {"pad_id", std::to_string(SpecialTokens::padding)},
      {"unk_id", std::to_string(SpecialTokens::unknown)},
      {"bos_id", "-1"},
      {"eos_id", "-1"},
      {"control_symbols", "[CLS],[SEP],[MASK]"},  // they get the next numbers
      {"input_sentence_size", sentences_limit},
      {"shuffle_input_sentence", "true"},  // with a seed of its own that is always the same
      {"num_threads", "1"},                // sums over threads would depend on their number
      {"minloglevel", "2"}};
}

}  // namespace

Vocabulary::Vocabulary(std::string bytes, std::unique_ptr<const Pieces> pieces)
    : bytes_(std::move(bytes)), pieces_(std::move(pieces)) {}
Vocabulary::~Vocabulary() = default;
Vocabulary::Vocabulary(Vocabulary&& other) noexcept = default;

Result<Vocabulary> Vocabulary::learn(const Text& text, std::size_t size) {
  MOSHPIT_ASSERT(size >= 64 && size <= std::size_t{std::numeric_limits<Token>::max()} + 1);
  const auto pieces = module();
  if (!pieces) return pieces.error();
  std::string why;
  std::string bytes = (*pieces)->learn(settings(size), sentences_of(text), why);
  if (!why.empty()) {
    return Error(ErrorCode::bad_data,
                 fmt::format("no vocabulary of {} pieces can be learnt from this text ({}); use "
                             "more text or fewer pieces",
                             size, why));
  }
  return parse(std::move(bytes));
}

Result<Vocabulary> Vocabulary::parse(std::string bytes) {
  const auto loaded = module();
  if (!loaded) return loaded.error();
  std::string why;
  std::unique_ptr<const Pieces> pieces = (*loaded)->load(bytes, why);
  if (!pieces) return no_vocabulary(why);
  const std::pair<const char*, int> expected[] = {{"[CLS]", SpecialTokens::begin},
                                                  {"[SEP]", SpecialTokens::separator},
                                                  {"[MASK]", SpecialTokens::mask}};
  for (const auto& [name, number] : expected) {
    if (pieces->number_of(name) != number) return no_vocabulary(fmt::format("no {} in it", name));
  }
  if (!pieces->is_unknown(SpecialTokens::unknown)) return no_vocabulary("other special tokens");
  const int largest = int{std::numeric_limits<Token>::max()} + 1;
  if (pieces->size() <= SpecialTokens::first_piece || pieces->size() > largest) {
    return no_vocabulary(fmt::format("{} pieces", pieces->size()));
  }
  return Vocabulary(std::move(bytes), std::move(pieces));
}

std::size_t Vocabulary::size() const { return static_cast<std::size_t>(pieces_->size()); }

TokenisedText Vocabulary::tokenise(const Text& text) const {
  TokenisedText tokenised{size(), {}, {}, {}};
  for (const Document& document : text) {
    const auto begin = static_cast<std::uint32_t>(tokenised.tokens.size());
    for (const std::string& sentence : document) {
      const std::vector<int> numbers = pieces_->encode(sentence);
      if (numbers.empty()) continue;  // characters that the normalisation drops
      tokenised.sentences.push_back(static_cast<std::uint32_t>(tokenised.tokens.size()));
      for (int number : numbers) tokenised.tokens.push_back(static_cast<Token>(number));
    }
    if (tokenised.tokens.size() > begin) tokenised.documents.push_back(begin);
  }
  return tokenised;
}

std::string Vocabulary::spell(std::span<const Token> tokens) const {
  return pieces_->decode({tokens.begin(), tokens.end()});
}

}  // namespace moshpit
