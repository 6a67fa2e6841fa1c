// Learners of LibTorch: residual networks on images and ALBERT on text, each with its optimizer and
// one peer's part of the data. No LibTorch in this header.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "data/dataset.hpp"
#include "data/text.hpp"
#include "model/learner.hpp"
#include "moshpit/result.hpp"
#include "torch/albert_options.hpp"
#include "torch/resnet_options.hpp"

namespace moshpit {

// LibTorch computes on the thread that asks, and starts none. For who runs several learners at
// once.
void compute_on_the_calling_thread();

struct OptimizerChoice {
  std::string name = "sgd";  // with Nesterov's momentum; "adam" is AdamW; or "lamb"
  double momentum = 0.9;
  double weight_decay = 0;
};

// What a peer trains on: part `peer` of `peers` equal ones, drawn from the run's seed.
struct TrainingPart {
  std::size_t peer = 0;
  std::size_t peers = 1;
};

// `name` says what is trained. ErrorCode::invalid_argument if there is no such optimizer.
// Requires: options.channels are those of the data; part.peer < part.peers <= data.train.size().
Result<std::unique_ptr<Learner>> resnet_learner(std::string name, const ResNetOptions& options,
                                                Dataset data, TrainingPart part,
                                                const OptimizerChoice& optimizer);

// Learners of one text in one process, which share what costs much: pieces, tokens, and what is
// kept for evaluation.
class AlbertLearners {
 public:
  // As albert_learner().
  static Result<AlbertLearners> of(std::string name, AlbertOptions options, const Text& text,
                                   std::size_t length, OptimizerChoice optimizer);

  // It may outlive this. Any thread.
  Result<std::unique_ptr<Learner>> learner(TrainingPart part) const;

  struct Shared;  // opaque

 private:
  AlbertLearners() = default;

  std::shared_ptr<const Shared> shared_;
};

// The pieces of words are learnt from the text: peers whose texts differ have other pieces, and
// with them another name(). A twentieth of the documents is kept for evaluation. `length`: tokens
// of an example. Errors: invalid_argument, bad_data if the text is too short for the pieces or the
// part, io if SentencePiece is not there. Requires: 8 <= length <= options.positions.
Result<std::unique_ptr<Learner>> albert_learner(std::string name, AlbertOptions options,
                                                const Text& text, std::size_t length,
                                                TrainingPart part,
                                                const OptimizerChoice& optimizer);

}  // namespace moshpit
