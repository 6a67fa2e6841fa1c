#include "app/experiment/resnet_scale.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace moshpit {
namespace {

std::vector<double> all_speeds() { return {1, 0.75, 1.25}; }

// `quick` fits 20 minutes of two processors for 16 devices. For 81 a run of Moshpit SGD takes eight
// minutes of a processor, most of it for what they tell one another.
ResNetScale mlp_scale(const ResNetExperiment& options) {
  ResNetScale scale;
  scale.batch = 32;
  scale.evaluations = 45;
  scale.speeds = all_speeds();
  for (const MethodDescription& method : methods) scale.methods.push_back(method.method);
  if (options.cluster == "homogeneous") scale.seeds_to_choose = options.seeds;
  if (options.quick) {
    scale.width = 32;
    scale.passes = 10;
    scale.rates = {0.1f, 0.2f, 0.4f};
    scale.periods = {1, 2};
  } else {
    scale.width = 64;
    scale.passes = 40;
    scale.rates = {0.05f, 0.1f, 0.2f, 0.4f};
    scale.periods = {1, 2, 4, 8};
    scale.seeds_at_other_speeds = options.seeds;
  }
  return scale;
}

// A local step of LibTorch takes 3 ms on the smallest network that deserves the name, however few
// images it has: 81 devices make 140 of them in 40 s, and the simulation of Moshpit's frames takes
// as long again. In the same time 16 devices make five times as many. Of the baselines there are
// those that come to the target soonest with the other network; --methods has the others.
ResNetScale residual_scale(const ResNetExperiment& options) {
  ResNetScale scale;
  scale.residual = true;
  scale.width = 8;
  scale.batch = 16;
  scale.evaluations = 24;
  scale.methods = {Method::all_reduce,  Method::push_sum, Method::push_sum_two,
                   Method::pair_gossip, Method::moshpit,  Method::moshpit_overlapped};
  scale.rates = {0.1f, 0.2f, 0.4f};
  if (options.quick) {
    scale.passes = options.cluster == "homogeneous" ? 3 : 0.6;
    scale.periods = {1};
    scale.speeds = {1};
  } else {
    scale.passes = 4;
    scale.periods = {1, 4};
    scale.speeds = all_speeds();
  }
  return scale;
}

}  // namespace

std::string ResNetScale::model() const {
  return fmt::format("{} {}", residual ? "resnet" : "mlp", width);
}

ResNetScale scale_of(const ResNetExperiment& options) {
  ResNetScale scale = options.model == "resnet" ? residual_scale(options) : mlp_scale(options);
  if (options.passes > 0) scale.passes = options.passes;
  if (options.methods.empty()) return scale;
  scale.methods.clear();
  for (const MethodDescription& method : methods) {
    const bool wanted = std::ranges::find(options.methods, method.word) != options.methods.end();
    if (wanted) scale.methods.push_back(method.method);
  }
  return scale;
}

}  // namespace moshpit
