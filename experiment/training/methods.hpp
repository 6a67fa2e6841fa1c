// The methods that an experiment compares, by name, and one run of any of them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "experiment/training/moshpit_training.hpp"
#include "experiment/training/training_world.hpp"

namespace moshpit {

enum class Method : std::uint8_t {
  all_reduce,
  parameter_server,
  local_sgd,
  ring_gossip,
  push_sum,
  push_sum_two,
  push_sum_overlapped,
  push_sum_two_overlapped,
  pair_gossip,
  moshpit,
  moshpit_overlapped,
};

struct MethodDescription {
  Method method;
  std::string_view word;   // for machines
  std::string_view title;  // for a person
  bool is_gossip = false;  // averages with neighbours only, and no group
  bool has_period = true;  // local steps between communications may be more than one
  bool is_moshpit = false;
};

constexpr std::size_t method_count = 11;
extern const std::array<MethodDescription, method_count> methods;

const MethodDescription& describe(Method method);

struct TrainingResult {
  TrainingCurve curve;
  AveragingTally tally;  // of Moshpit SGD; else zeros
  // Of all devices together, in virtual time, charged as ResNet-50's.
  double charged_samples_per_second = 0;
};

TrainingResult run_method(Method method, const Cluster& cluster, const TrainingPlan& plan,
                          Model& model, const Dataset& dataset);

}  // namespace moshpit
