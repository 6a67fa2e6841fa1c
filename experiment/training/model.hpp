// Model: what an experiment trains: a loss of one flat vector of parameters. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "data/dataset.hpp"
#include "model/mlp.hpp"

namespace moshpit {

class Model {
 public:
  virtual ~Model() = default;
  virtual std::size_t size() const = 0;
  virtual std::vector<float> initial(std::uint64_t seed) = 0;
  // The mean loss of the batch; `gradient` becomes its slope.
  virtual double loss_and_gradient(std::span<const float> parameters, const Batch& batch,
                                   std::span<float> gradient) = 0;
  virtual Evaluation evaluate(std::span<const float> parameters, const Examples& examples) = 0;
};

// Of whatever has these four functions.
template <class Trained>
class ModelOf final : public Model {
 public:
  template <class... Arguments>
  explicit ModelOf(Arguments&&... arguments) : trained_(std::forward<Arguments>(arguments)...) {}

  std::size_t size() const override { return trained_.size(); }
  std::vector<float> initial(std::uint64_t seed) override { return trained_.initial(seed); }
  double loss_and_gradient(std::span<const float> parameters, const Batch& batch,
                           std::span<float> gradient) override {
    return trained_.loss_and_gradient(parameters, batch, gradient);
  }
  Evaluation evaluate(std::span<const float> parameters, const Examples& examples) override {
    return trained_.evaluate(parameters, examples);
  }

 private:
  Trained trained_;
};

}  // namespace moshpit
