#include "torch/module_vectors.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <set>
#include <string>
#include <utility>

#include "base/assert.hpp"
#include "torch/optimizer_state.hpp"

namespace moshpit {
namespace {

using torch::Tensor;

std::size_t elements(const std::vector<Tensor>& tensors) {
  std::size_t sum = 0;
  for (const Tensor& tensor : tensors) sum += static_cast<std::size_t>(tensor.numel());
  return sum;
}

Result<void> check_float(const std::string& name, const Tensor& tensor,
                         const torch::Device& device) {
  if (tensor.scalar_type() != torch::kFloat32) {
    return Error(ErrorCode::invalid_argument,
                 fmt::format("{} is of type {}, and peers average float32; convert the module with "
                             "to(torch::kFloat32)",
                             name, c10::toString(tensor.scalar_type())));
  }
  if (tensor.device() != device) {
    return Error(ErrorCode::invalid_argument,
                 fmt::format("{} is on {}, and other parameters are on {}; a peer trains on one "
                             "device: move the module there with to()",
                             name, tensor.device().str(), device.str()));
  }
  return {};
}

// The memory that averaging reads and writes. Copies from a GPU are faster from pinned memory.
Tensor host_for(const Tensor& flat) {
  if (flat.device().is_cpu()) return flat;
  return torch::empty(flat.sizes(), torch::TensorOptions().pinned_memory(true));
}

std::span<float> floats_of(const Tensor& tensor) {
  return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

// A tensor registered twice (shared weights) counts once.
bool is_new(std::set<const void*>& seen, const Tensor& tensor) {
  return seen.insert(tensor.unsafeGetTensorImpl()).second;
}

}  // namespace

ModuleVectors::ModuleVectors(torch::nn::Module& module, torch::optim::Optimizer* optimizer)
    : module_(&module), optimizer_(optimizer) {}

Result<ModuleVectors> ModuleVectors::of(torch::nn::Module& module,
                                        torch::optim::Optimizer* optimizer) {
  ModuleVectors vectors(module, optimizer);
  if (auto collected = vectors.collect(); !collected) return collected.error();
  vectors.flatten();
  return vectors;
}

Result<void> ModuleVectors::collect() {
  std::set<const void*> seen;
  for (const auto& item : module_->named_parameters()) {
    const Tensor& first = tensors_.empty() ? item.value() : tensors_.front();
    if (auto checked = check_float(item.key(), item.value(), first.device()); !checked) {
      return checked;
    }
    if (is_new(seen, item.value())) tensors_.push_back(item.value());
  }
  if (tensors_.empty()) {
    return Error(ErrorCode::invalid_argument,
                 "the module has no parameters; there is nothing to train");
  }
  parameter_tensors_ = tensors_.size();
  parameters_ = elements(tensors_);
  if (optimizer_) {
    for (const auto& group : optimizer_->param_groups()) {
      for (const Tensor& parameter : group.params()) {
        if (!is_new(seen, parameter)) continue;
        return Error(ErrorCode::invalid_argument,
                     "the optimizer has parameters that are not of this module; give it "
                     "module.parameters()");
      }
    }
  }
  for (const auto& item : module_->named_buffers()) {
    if (!is_new(seen, item.value())) continue;
    if (item.value().scalar_type() == torch::kInt64) {
      integers_.push_back(item.value());
      continue;
    }
    if (auto checked = check_float(item.key(), item.value(), tensors_.front().device()); !checked) {
      return checked;
    }
    tensors_.push_back(item.value());
  }
  buffers_ = elements(tensors_) - parameters_;
  if (!optimizer_) return {};
  auto state = optimizer_tensors(*optimizer_);
  if (!state) return state.error();
  tensors_.insert(tensors_.end(), state->begin(), state->end());
  return {};
}

TrainedModel ModuleVectors::trained() {
  return {parameters(), gradients(), buffers(), optimizer_state(), [this] { step(); }};
}

// Each tensor keeps its identity, by which the optimizer knows it, and gets other memory.
void ModuleVectors::flatten() {
  torch::NoGradGuard untracked;
  const auto options = torch::TensorOptions().device(tensors_.front().device());
  flat_ = torch::empty({static_cast<std::int64_t>(elements(tensors_))}, options);
  flat_gradients_ = torch::zeros({static_cast<std::int64_t>(parameters_)}, options);
  std::int64_t at = 0;
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    Tensor& tensor = tensors_[i];
    const Tensor view = flat_.narrow(0, at, tensor.numel()).view(tensor.sizes());
    view.copy_(tensor);
    tensor.set_data(view);
    if (i < parameter_tensors_) {
      const Tensor slope = flat_gradients_.narrow(0, at, tensor.numel()).view(tensor.sizes());
      if (tensor.grad().defined()) slope.copy_(tensor.grad());
      tensor.mutable_grad() = slope;
    }
    at += tensor.numel();
  }
  host_ = host_for(flat_);
  host_gradients_ = host_for(flat_gradients_);
  fetch();
}

std::span<float> ModuleVectors::part(std::size_t first, std::size_t count) {
  return floats_of(host_).subspan(first, count);
}

std::span<float> ModuleVectors::gradients() { return floats_of(host_gradients_); }

std::span<float> ModuleVectors::optimizer_state() {
  return floats_of(host_).subspan(parameters_ + buffers_);
}

std::span<float> ModuleVectors::averaged() { return floats_of(host_).subspan(parameters_); }

std::span<float> ModuleVectors::state() { return floats_of(host_); }

std::vector<std::int64_t> ModuleVectors::counters() const {
  std::vector<std::int64_t> counters;
  for (const Tensor& integer : integers_) {
    const Tensor flat = integer.cpu().contiguous();
    const auto* values = flat.data_ptr<std::int64_t>();
    counters.insert(counters.end(), values, values + flat.numel());
  }
  if (optimizer_) {
    visit_optimizer_steps(*optimizer_, [&](std::int64_t& steps) { counters.push_back(steps); });
  }
  return counters;
}

void ModuleVectors::set_counters(std::span<const std::int64_t> counters) {
  MOSHPIT_ASSERT(counters.size() == this->counters().size());
  torch::NoGradGuard untracked;
  std::size_t at = 0;
  for (Tensor& integer : integers_) {
    const auto count = static_cast<std::size_t>(integer.numel());
    const std::vector<std::int64_t> values(
        counters.begin() + static_cast<std::ptrdiff_t>(at),
        counters.begin() + static_cast<std::ptrdiff_t>(at + count));
    integer.copy_(torch::tensor(values).view(integer.sizes()));
    at += count;
  }
  if (!optimizer_) return;
  visit_optimizer_steps(*optimizer_, [&](std::int64_t& steps) { steps = counters[at++]; });
}

void ModuleVectors::fetch() {
  torch::NoGradGuard untracked;
  std::int64_t at = 0;
  for (std::size_t i = 0; i < parameter_tensors_; ++i) {
    Tensor& tensor = tensors_[i];
    const Tensor slope = flat_gradients_.narrow(0, at, tensor.numel()).view(tensor.sizes());
    at += tensor.numel();
    if (tensor.grad().defined() && tensor.grad().is_alias_of(flat_gradients_)) continue;
    if (tensor.grad().defined()) {
      slope.copy_(tensor.grad());
    } else {
      slope.zero_();
    }
    tensor.mutable_grad() = slope;
  }
  if (host_.is_same(flat_)) return;
  host_.copy_(flat_);
  host_gradients_.copy_(flat_gradients_);
}

void ModuleVectors::store() {
  if (host_.is_same(flat_)) return;
  torch::NoGradGuard untracked;
  flat_.copy_(host_);
  flat_gradients_.copy_(host_gradients_);
}

void ModuleVectors::zero_gradients() {
  torch::NoGradGuard untracked;
  flat_gradients_.zero_();
  host_gradients_.zero_();
}

void ModuleVectors::set_learning_rate(double rate) {
  MOSHPIT_ASSERT(optimizer_ != nullptr);
  for (auto& group : optimizer_->param_groups()) group.options().set_lr(rate);
}

void ModuleVectors::step() {
  MOSHPIT_ASSERT(optimizer_ != nullptr);
  store();
  optimizer_->step();
  fetch();
}

}  // namespace moshpit
