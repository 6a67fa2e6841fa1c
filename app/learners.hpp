// Learners: which one trains what a run trains. Those that need LibTorch are in a program of their
// own, moshpit-torch, which is this one with them: loading LibTorch takes a process 100 MB and a
// quarter of a second, which those who do not need it are spared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "app/run_settings.hpp"
#include "experiment/training/model.hpp"
#include "model/learner.hpp"
#include "moshpit/result.hpp"

namespace moshpit {

// What this peer trains on.
struct OwnData {
  std::string folder;         // or file of text; empty: digits drawn from a seed
  std::string shard = "0/1";  // which part of the training set: I/N
};

// ErrorCode::invalid_argument or bad_data, with a sentence, if data or settings will not do.
Result<std::unique_ptr<Learner>> make_learner(const RunSettings& settings, const OwnData& data);

// Which of the models need LibTorch, and whether this program has it.
bool needs_torch(const RunSettings& settings);
bool has_torch();
bool torch_program_is_there();
// Becomes moshpit-torch with the same arguments, which it returns from only if that is not there.
Error become_torch_program();

// Of needs_torch(settings). Requires: has_torch().
Result<std::unique_ptr<Learner>> make_torch_learner(const RunSettings& settings,
                                                    const OwnData& data);

// What an experiment trains: a residual network for small images (small_resnet()) with so many
// channels in its first stage. Normalisation is by the batch in training. For evaluation it is by
// what parameters find in some of the training images, so that nobody has running statistics of
// its own, and the mean of all devices' parameters is judged by what belongs to it. Requires:
// has_torch().
std::unique_ptr<Model> make_torch_model(std::size_t width, const Dataset& data);

// An ALBERT of any size, and the text that it learns.
struct AlbertChoice {
  std::string data;  // file or folder of text
  std::int64_t vocabulary = 1000;
  std::size_t sequence = 64;
  std::int64_t embedding = 32;
  std::int64_t hidden = 64;
  std::int64_t layers = 2;
  double weight_decay = 0.01;
};

// Learners of parts of one text, with LAMB, for many peers in one process: part I of N. They may be
// made and used by several threads; each computes on the thread that uses it alone. The text is cut
// into so many parts at least, or it is an error: bad_data, io, or invalid_argument without
// LibTorch.
using AlbertParts = std::function<std::unique_ptr<Learner>(std::size_t part, std::size_t parts)>;
Result<AlbertParts> make_albert_parts(const AlbertChoice& choice, std::size_t most_parts);

// "3/8": the part of a training set with so many examples.
struct Part {
  std::size_t peer = 0;
  std::size_t peers = 1;

  static Result<Part> parse(const std::string& text, std::size_t examples);
};

}  // namespace moshpit
