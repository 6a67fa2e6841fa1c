// The matrix products of the Mlp, compiled once for every x86-64 processor and once for those with
// AVX2 and FMA (2-3 times faster). Both come from one source, in which Eigen's namespace has a name
// of its own a variant: else the linker would merge equal templates of the two, and an old
// processor would meet an instruction that it lacks. For the same reason this header has plain data
// only: nothing with an inline function may be compiled into both.
#pragma once

#include <cstddef>

namespace moshpit {

struct MlpShape {
  std::size_t inputs;
  std::size_t hidden;
  std::size_t classes;
};

// Matrices lie column by column, one example a column. The caller owns everything.
struct MlpWork {
  MlpShape shape;
  std::size_t examples;
  const float* parameters;
  const float* images;  // inputs x examples
  float* hidden;        // hidden x examples
  float* scores;        // classes x examples
  float* gradient;      // as the parameters
};

struct MlpKernels {
  // hidden = max(0, W1 images + b1), scores = W2 hidden + b2.
  void (*forward)(const MlpWork& work);
  // Requires: scores hold the loss's slope by each score. Fills gradient and overwrites hidden.
  void (*backward)(const MlpWork& work);
};

MlpKernels mlp_kernels_portable();
MlpKernels mlp_kernels_avx2();  // Requires: a processor with AVX2 and FMA.

// The faster of those that this processor can run.
MlpKernels mlp_kernels();

}  // namespace moshpit
