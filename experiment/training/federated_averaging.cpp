#include <algorithm>

#include "data/shard.hpp"
#include "experiment/training/federated.hpp"
#include "experiment/training/mean.hpp"
#include "model/mlp.hpp"

namespace moshpit {
namespace {

// Points of the curve.
constexpr std::size_t looks = 20;

void descend(std::vector<float>& parameters, const std::vector<float>& gradient, double rate) {
  const auto step = static_cast<float>(rate);
  for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i] -= step * gradient[i];
}

}  // namespace

std::vector<std::vector<std::uint32_t>> federated_shards(const FederatedPlan& plan,
                                                         const Dataset& data) {
  return dirichlet_split(data.train.labels, plan.peers, plan.concentration, plan.seed);
}

FederatedOutcome run_federated_averaging(const FederatedPlan& plan, const Dataset& data,
                                         const std::function<bool()>& go_on) {
  Mlp mlp(MlpShape{data.pixels(), plan.hidden, data.classes});
  std::vector<Shard> shards;
  for (auto& part : federated_shards(plan, data)) {
    shards.emplace_back(std::move(part), plan.seed + shards.size());
  }
  std::vector<float> server = mlp.initial(plan.seed);
  std::vector<float> gradient(server.size());
  Batch batch;
  FederatedOutcome outcome;
  double own = 0;
  while (outcome.samples < plan.samples() && go_on()) {
    Mean mean(server.size());
    own = 0;
    const bool last = outcome.samples + plan.peers * plan.period * plan.batch >= plan.samples();
    for (Shard& shard : shards) {
      std::vector<float> parameters = server;
      for (std::uint32_t step = 0; step < plan.period; ++step) {
        shard.next(data.train, plan.batch, batch);
        mlp.loss_and_gradient(parameters, batch, gradient);
        descend(parameters, gradient, plan.rate);
        outcome.samples += plan.batch;
      }
      mean.add(parameters);
      if (last) own += mlp.accuracy(parameters, data.test) / static_cast<double>(plan.peers);
    }
    server = mean.value();
    ++outcome.averaging_steps;
    const auto due = static_cast<double>(plan.samples() * (outcome.curve.size() + 1)) / looks;
    if (static_cast<double>(outcome.samples) < due && !last) continue;
    outcome.accuracy = mlp.accuracy(server, data.test);
    outcome.curve.push_back({static_cast<double>(outcome.samples), outcome.accuracy});
  }
  outcome.own = own;
  return outcome;
}

}  // namespace moshpit
