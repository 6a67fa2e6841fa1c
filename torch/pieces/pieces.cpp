// The module that torch/pieces.hpp speaks of: the only file that sees SentencePiece.
#include "torch/pieces.hpp"

#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>
#include <unordered_map>

namespace moshpit {
namespace {

class Sentences : public sentencepiece::SentenceIterator {
 public:
  explicit Sentences(const std::function<const std::string*()>& next)
      : next_(next), sentence_(next()) {}

  bool done() const override { return sentence_ == nullptr; }
  void Next() override { sentence_ = next_(); }
  const std::string& value() const override { return *sentence_; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  const std::function<const std::string*()>& next_;
  const std::string* sentence_;
};

class Model : public Pieces {
 public:
  int size() const override { return processor.GetPieceSize(); }
  int number_of(const std::string& piece) const override { return processor.PieceToId(piece); }
  bool is_unknown(int number) const override { return processor.IsUnknown(number); }

  std::vector<int> encode(const std::string& sentence) const override {
    std::vector<int> numbers;
    // It fails without a model only.
    if (!processor.Encode(sentence, &numbers).ok()) numbers.clear();
    return numbers;
  }

  std::string decode(const std::vector<int>& numbers) const override {
    std::string text;
    if (!processor.Decode(numbers, &text).ok()) text.clear();
    return text;
  }

  sentencepiece::SentencePieceProcessor processor;
};

std::string learn(const std::map<std::string, std::string>& settings,
                  const std::function<const std::string*()>& next, std::string& why) {
  Sentences sentences(next);
  std::string bytes;
  const std::unordered_map<std::string, std::string> unordered(settings.begin(), settings.end());
  const auto status = sentencepiece::SentencePieceTrainer::Train(unordered, &sentences, &bytes);
  if (!status.ok()) why = status.ToString();
  return bytes;
}

std::unique_ptr<Pieces> load(const std::string& bytes, std::string& why) {
  auto model = std::make_unique<Model>();
  const auto status = model->processor.LoadFromSerializedProto(bytes);
  if (status.ok()) return model;
  why = status.ToString();
  return nullptr;
}

}  // namespace
}  // namespace moshpit

const moshpit::PiecesModule* moshpit_pieces() {
  static const moshpit::PiecesModule module{moshpit::learn, moshpit::load};
  return &module;
}
