// What is the same for all methods of `moshpit experiment resnet`: the model, how long it is
// trained, and what is tried.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "app/experiment/resnet.hpp"
#include "experiment/training/methods.hpp"

namespace moshpit {

struct ResNetScale {
  bool residual = false;  // a network of LibTorch; else one with a hidden layer
  std::size_t width = 0;  // channels of its first stage; or hidden units
  std::size_t batch = 0;
  // Over the training set, on 16 devices; on more of them more, so that every device makes as many
  // local steps: with batches that many times as large it is steps that an accuracy needs.
  double passes = 0;
  std::size_t evaluations = 0;
  std::vector<Method> methods;
  std::vector<float> rates;
  std::vector<std::uint32_t> periods;
  std::vector<double> speeds;
  std::uint64_t seeds_to_choose = 1;
  std::uint64_t seeds_at_other_speeds = 1;

  // "mlp 32", "resnet 8": its kind and width.
  std::string model() const;
  double passes_on(std::size_t devices) const { return passes * static_cast<double>(devices) / 16; }
};

// Requires: options.methods are words of methods.
ResNetScale scale_of(const ResNetExperiment& options);

}  // namespace moshpit
