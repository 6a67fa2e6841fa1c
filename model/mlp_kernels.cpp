// Compiled once for each variant, which MLP_KERNELS names; the header says why.
#include "model/mlp_kernels.hpp"

#include <Eigen/Core>

namespace moshpit {
namespace {

using Matrix = Eigen::Map<Eigen::MatrixXf>;
using ConstMatrix = Eigen::Map<const Eigen::MatrixXf>;
using Vector = Eigen::Map<Eigen::VectorXf>;
using ConstVector = Eigen::Map<const Eigen::VectorXf>;

// Where the parts lie in the flat vector.
struct Offsets {
  Eigen::Index inputs, hidden, classes, examples;
  Eigen::Index biases1, weights2, biases2;
};

Offsets offsets_of(const MlpWork& work) {
  Offsets at;
  at.inputs = static_cast<Eigen::Index>(work.shape.inputs);
  at.hidden = static_cast<Eigen::Index>(work.shape.hidden);
  at.classes = static_cast<Eigen::Index>(work.shape.classes);
  at.examples = static_cast<Eigen::Index>(work.examples);
  at.biases1 = at.inputs * at.hidden;
  at.weights2 = at.biases1 + at.hidden;
  at.biases2 = at.weights2 + at.hidden * at.classes;
  return at;
}

void forward(const MlpWork& work) {
  const Offsets at = offsets_of(work);
  const ConstMatrix images(work.images, at.inputs, at.examples);
  const ConstMatrix weights1(work.parameters, at.hidden, at.inputs);
  const ConstVector biases1(work.parameters + at.biases1, at.hidden);
  const ConstMatrix weights2(work.parameters + at.weights2, at.classes, at.hidden);
  const ConstVector biases2(work.parameters + at.biases2, at.classes);
  Matrix hidden(work.hidden, at.hidden, at.examples);
  Matrix scores(work.scores, at.classes, at.examples);

  hidden.noalias() = weights1 * images;
  hidden.colwise() += biases1;
  hidden = hidden.cwiseMax(0.0f);
  scores.noalias() = weights2 * hidden;
  scores.colwise() += biases2;
}

void backward(const MlpWork& work) {
  const Offsets at = offsets_of(work);
  const ConstMatrix images(work.images, at.inputs, at.examples);
  const ConstMatrix slopes(work.scores, at.classes, at.examples);
  const ConstMatrix weights2(work.parameters + at.weights2, at.classes, at.hidden);
  Matrix hidden(work.hidden, at.hidden, at.examples);

  Matrix(work.gradient + at.weights2, at.classes, at.hidden).noalias() =
      slopes * hidden.transpose();
  Vector(work.gradient + at.biases2, at.classes) = slopes.rowwise().sum();
  // From here on `hidden` holds the slopes by its inputs: those of the next layer, where ReLU let
  // something through.
  Eigen::MatrixXf through(at.hidden, at.examples);
  through.noalias() = weights2.transpose() * slopes;
  hidden = (hidden.array() > 0.0f).select(through, 0.0f);
  Matrix(work.gradient, at.hidden, at.inputs).noalias() = hidden * images.transpose();
  Vector(work.gradient + at.biases1, at.hidden) = hidden.rowwise().sum();
}

}  // namespace

MlpKernels MLP_KERNELS() { return {forward, backward}; }

}  // namespace moshpit
