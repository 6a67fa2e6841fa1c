// ModuleVectors: a torch module and its optimizer, seen as flat vectors of floats, which is all
// that averaging knows. One piece of memory holds the parameters, then the buffers (running
// statistics), then the optimizer's state; another the gradients. The module's own tensors become
// views of them, so that on the CPU nothing is ever copied. For a module on a GPU the same layout
// lies there, and fetch() and store() copy it from and to a pinned piece of main memory.
//
// The sizes are final from the start: what an optimizer would create in its first step is created
// here. Do not move the module to another device and do not load the optimizer's state afterwards:
// either gives them tensors of their own again. One thread at a time; module and optimizer outlive
// this object.
#pragma once

#include <cstdint>
#include <span>
#include <torch/torch.h>
#include <vector>

#include "moshpit/result.hpp"
#include "moshpit/trained_model.hpp"

namespace moshpit {

class ModuleVectors {
 public:
  // `optimizer` may be null; else it is SGD, Adam, AdamW or Lamb over parameters of this module.
  // Errors: invalid_argument, with a sentence, for any other optimizer, for tensors that are not
  // float32 (integers may be buffers), and for a module on several devices.
  static Result<ModuleVectors> of(torch::nn::Module& module, torch::optim::Optimizer* optimizer);

  // What a Trainer takes (moshpit/trainer.hpp). With a module on a GPU its step brings the
  // gradients there and the parameters back. Requires: an optimizer; this object stays where it
  // is.
  TrainedModel trained();

  // In the order of module.parameters() and module.buffers(), each tensor row by row.
  std::span<float> parameters() { return part(0, parameters_); }
  std::span<float> gradients();
  std::span<float> buffers() { return part(parameters_, buffers_); }
  // By parameter as the optimizer lists them: SGD's momentum; for the others the first moment, the
  // second, and where there is one (AMSGrad) its maximum.
  std::span<float> optimizer_state();
  // Buffers and optimizer state: what is averaged beside the parameters.
  std::span<float> averaged();
  // All of it: what a peer that comes late downloads, with counters().
  std::span<float> state();

  // Integer buffers (batches seen), then the optimizer's steps: of several peers' the maximum
  // counts.
  std::vector<std::int64_t> counters() const;
  // Requires: as many as counters() gives.
  void set_counters(std::span<const std::int64_t> counters);

  // Call it after the module has changed, before the spans are read. On the CPU it only gathers
  // gradients that backward() put elsewhere, because somebody had taken them away.
  void fetch();
  // Call it after the spans have been written, before the module is used. Nothing on the CPU.
  void store();

  void zero_gradients();
  void set_learning_rate(double rate);
  // One step of the optimizer along gradients(). Requires: an optimizer.
  void step();

 private:
  ModuleVectors(torch::nn::Module& module, torch::optim::Optimizer* optimizer);

  Result<void> collect();
  void flatten();
  std::span<float> part(std::size_t first, std::size_t count);

  torch::nn::Module* module_;
  torch::optim::Optimizer* optimizer_;
  std::vector<torch::Tensor> tensors_;   // parameters, buffers, optimizer state
  std::vector<torch::Tensor> integers_;  // buffers that count
  std::size_t parameter_tensors_ = 0;    // how many of tensors_
  std::size_t parameters_ = 0;           // elements
  std::size_t buffers_ = 0;
  torch::Tensor flat_;  // on the module's device
  torch::Tensor flat_gradients_;
  torch::Tensor host_;  // the same tensors if that is the CPU
  torch::Tensor host_gradients_;
};

}  // namespace moshpit
