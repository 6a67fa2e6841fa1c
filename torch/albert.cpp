#include "torch/albert.hpp"

#include <cmath>
#include <limits>

#include "base/assert.hpp"
#include "torch/weights.hpp"

namespace moshpit {
namespace {

constexpr double initial_deviation = 0.02;  // Devlin et al. 2019
constexpr std::int64_t kinds_of_segments = 2;
constexpr double norm_epsilon = 1e-12;  // as in the authors' code

torch::nn::LayerNorm norm(std::int64_t size) {
  return torch::nn::LayerNorm(torch::nn::LayerNormOptions({size}).eps(norm_epsilon));
}

}  // namespace

AlbertOptions albert_base() { return {}; }

AlbertOptions albert_large() {
  return {.hidden = 1'024, .layers = 24, .heads = 16, .inner = 4'096};
}

AlbertOptions albert_tiny(std::int64_t vocabulary, std::int64_t positions) {
  return {.vocabulary = vocabulary,
          .positions = positions,
          .embedding = 64,
          .hidden = 128,
          .layers = 4,
          .heads = 4,
          .inner = 512};
}

AlbertEncoderImpl::AlbertEncoderImpl(const AlbertOptions& o)
    : options_(o),
      words_(register_module("words", torch::nn::Embedding(o.vocabulary, o.embedding))),
      positions_(register_module("positions", torch::nn::Embedding(o.positions, o.embedding))),
      segments_(register_module("segments", torch::nn::Embedding(kinds_of_segments, o.embedding))),
      embedded_norm_(register_module("embedded_norm", norm(o.embedding))),
      widen_(register_module("widen", torch::nn::Linear(o.embedding, o.hidden))),
      attention_in_(register_module("attention_in", torch::nn::Linear(o.hidden, 3 * o.hidden))),
      attention_out_(register_module("attention_out", torch::nn::Linear(o.hidden, o.hidden))),
      attention_norm_(register_module("attention_norm", norm(o.hidden))),
      inner_(register_module("inner", torch::nn::Linear(o.hidden, o.inner))),
      outer_(register_module("outer", torch::nn::Linear(o.inner, o.hidden))),
      layer_norm_(register_module("layer_norm", norm(o.hidden))),
      summary_(register_module("summary", torch::nn::Linear(o.hidden, o.hidden))) {
  MOSHPIT_ASSERT(o.hidden % o.heads == 0);
}

torch::Tensor AlbertEncoderImpl::attend(torch::Tensor x, torch::Tensor bias) {
  const std::int64_t samples = x.size(0);
  const std::int64_t length = x.size(1);
  const std::int64_t head = options_.hidden / options_.heads;
  const auto parts = attention_in_->forward(x)
                         .view({samples, length, 3, options_.heads, head})
                         .permute({2, 0, 3, 1, 4});  // part, sample, head, token, element
  const torch::Tensor queries = parts[0] / std::sqrt(static_cast<double>(head));
  const torch::Tensor weights = (queries.matmul(parts[1].transpose(-1, -2)) + bias).softmax(-1);
  const torch::Tensor mixed = weights.matmul(parts[2]).transpose(1, 2);
  return attention_out_->forward(mixed.reshape({samples, length, options_.hidden}));
}

torch::Tensor AlbertEncoderImpl::forward(torch::Tensor tokens, torch::Tensor segments,
                                         torch::Tensor padded) {
  MOSHPIT_ASSERT(tokens.size(1) <= options_.positions);
  const auto places = torch::arange(tokens.size(1), tokens.options());
  torch::Tensor x =
      words_->forward(tokens) + positions_->forward(places) + segments_->forward(segments);
  x = widen_->forward(embedded_norm_->forward(x));
  // Nothing attends to padding: [samples, 1 head, 1 query, length].
  const torch::Tensor bias = torch::zeros(padded.sizes(), x.options())
                                 .masked_fill_(padded, std::numeric_limits<float>::lowest())
                                 .view({padded.size(0), 1, 1, padded.size(1)});
  for (std::int64_t pass = 0; pass < options_.layers; ++pass) {
    x = attention_norm_->forward(x + attend(x, bias));
    x = layer_norm_->forward(x + outer_->forward(torch::gelu(inner_->forward(x))));
  }
  return x;
}

torch::Tensor AlbertEncoderImpl::summary(torch::Tensor encoded) {
  return summary_->forward(encoded.select(1, 0)).tanh();
}

AlbertImpl::AlbertImpl(const AlbertOptions& o)
    : encoder_(register_module("encoder", AlbertEncoder(o))),
      narrow_(register_module("narrow", torch::nn::Linear(o.hidden, o.embedding))),
      narrow_norm_(register_module("narrow_norm", norm(o.embedding))),
      piece_bias_(register_parameter("piece_bias", torch::zeros({o.vocabulary}))),
      order_(register_module("order", torch::nn::Linear(o.hidden, 2))) {}

torch::Tensor AlbertImpl::piece_scores(torch::Tensor encoded) {
  const auto narrowed = narrow_norm_->forward(torch::gelu(narrow_->forward(encoded)));
  return torch::nn::functional::linear(narrowed, encoder_->pieces(), piece_bias_);
}

torch::Tensor AlbertImpl::order_scores(torch::Tensor encoded) {
  return order_->forward(encoder_->summary(encoded));
}

void AlbertImpl::initialise(std::uint64_t seed) {
  torch::NoGradGuard untracked;
  Random random(seed);
  for (const auto& item : named_parameters()) {
    const bool is_scale = item.key().ends_with("norm.weight");
    if (item.value().dim() > 1) {
      draw_normal(item.value(), initial_deviation, random);
    } else {
      item.value().fill_(is_scale ? 1 : 0);
    }
  }
}

}  // namespace moshpit
