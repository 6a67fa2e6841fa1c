#include "experiment/mixing.hpp"

#include <fmt/format.h>
#include <numeric>

namespace moshpit {
namespace {

constexpr std::uint64_t peers_limit = 100'000'000;  // 800 MB of values

}  // namespace

Result<void> check(const MixingPlan& plan) {
  const auto refusal = [](std::string message) {
    return Error(ErrorCode::invalid_argument, std::move(message));
  };
  if (plan.peers < 2 || plan.peers > peers_limit) {
    return refusal(fmt::format("{} peers: choose 2 to {}", plan.peers, peers_limit));
  }
  if (plan.groups < 1 || plan.groups > plan.peers) {
    return refusal(fmt::format("{} peers cannot form {} groups: choose 1 to {} groups", plan.peers,
                               plan.groups, plan.peers));
  }
  if (plan.trials < 1) return refusal("no trial, no measurement: choose 1 or more trials");
  return {};
}

MixingTrials::MixingTrials(const MixingPlan& plan)
    : groups_(plan.groups),
      random_(plan.seed),
      values_(normal_values(plan.peers, random_)),
      mean_(mean_of(values_)),
      error_(mean_squared_error(values_, mean_)) {}

double MixingTrials::contraction() {
  random_.shuffle(std::span(values_));
  double sum = 0;
  for (std::size_t group = 0; group < groups_; ++group) {
    const auto begin = values_.begin() + group * values_.size() / groups_;
    const auto end = values_.begin() + (group + 1) * values_.size() / groups_;
    const auto size = static_cast<double>(end - begin);
    const double difference = std::accumulate(begin, end, 0.0) / size - mean_;
    sum += size * difference * difference;
  }
  return sum / static_cast<double>(values_.size()) / error_;
}

}  // namespace moshpit
