// ALBERT (Lan et al. 2020, arXiv 1909.11942): a transformer with factorised embeddings, one layer
// whose parameters serve every pass, and two heads: the hidden tokens, and the order of two parts.
//
// Differences from the paper: no dropout (its section 4.8 leaves it out to train longer).
// As every torch module it belongs to one thread at a time.
#pragma once

#include <cstdint>
#include <torch/torch.h>

#include "torch/albert_options.hpp"

namespace moshpit {

// Everything but the heads; what the paper counts parameters of.
class AlbertEncoderImpl : public torch::nn::Module {
 public:
  explicit AlbertEncoderImpl(const AlbertOptions& options);

  // tokens and segments: [samples, length], integers; padded: the same, true where there is
  // nothing. Answers with a vector for each token: [samples, length, hidden].
  torch::Tensor forward(torch::Tensor tokens, torch::Tensor segments, torch::Tensor padded);

  // A vector for the whole example, from that of its first token: [samples, hidden].
  torch::Tensor summary(torch::Tensor encoded);

  // One row for each piece: [vocabulary, embedding].
  torch::Tensor pieces() { return words_->weight; }

 private:
  torch::Tensor attend(torch::Tensor x, torch::Tensor bias);

  AlbertOptions options_;
  torch::nn::Embedding words_;
  torch::nn::Embedding positions_;
  torch::nn::Embedding segments_;
  torch::nn::LayerNorm embedded_norm_;
  torch::nn::Linear widen_;         // embedding to hidden
  torch::nn::Linear attention_in_;  // queries, keys and values side by side
  torch::nn::Linear attention_out_;
  torch::nn::LayerNorm attention_norm_;
  torch::nn::Linear inner_;
  torch::nn::Linear outer_;
  torch::nn::LayerNorm layer_norm_;
  torch::nn::Linear summary_;
};
TORCH_MODULE(AlbertEncoder);

class AlbertImpl : public torch::nn::Module {
 public:
  explicit AlbertImpl(const AlbertOptions& options);

  AlbertEncoder& encoder() { return encoder_; }

  // Scores of every piece for the vectors of hidden tokens: [tokens, hidden] to [tokens,
  // vocabulary]. The last layer is the embedding of the pieces.
  torch::Tensor piece_scores(torch::Tensor encoded);

  // Scores of "in order" and "swapped": [samples, 2].
  torch::Tensor order_scores(torch::Tensor encoded);

  // Matrices normal with deviation 0.02, as BERT's; biases zero. The same seed gives the same bytes
  // everywhere.
  void initialise(std::uint64_t seed);

 private:
  AlbertEncoder encoder_;
  torch::nn::Linear narrow_;  // hidden to embedding
  torch::nn::LayerNorm narrow_norm_;
  torch::Tensor piece_bias_;
  torch::nn::Linear order_;
};
TORCH_MODULE(Albert);

}  // namespace moshpit
