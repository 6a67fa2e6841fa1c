#include <utility>

#include "data/shard.hpp"
#include "experiment/training/federated.hpp"
#include "model/mlp.hpp"
#include "train/weighted_mean.hpp"

namespace moshpit {
namespace {

constexpr std::size_t looks = 20;  // points of the curve

}  // namespace

std::vector<Shard> federated_shards(const FederatedPlan& plan, const Dataset& data) {
  std::vector<Shard> shards;
  auto parts = dirichlet_split(data.train.labels, plan.peers, plan.concentration, plan.seed);
  for (auto& part : parts) shards.emplace_back(std::move(part), plan.seed + shards.size());
  return shards;
}

bool look_is_due(const FederatedPlan& plan, const FederatedOutcome& outcome) {
  const std::size_t seen = outcome.curve.size();
  return outcome.samples * looks >= plan.samples() * (seen + 1);
}

FederatedOutcome run_federated_averaging(const FederatedPlan& plan, const Dataset& data,
                                         const std::function<bool()>& go_on) {
  Mlp mlp(MlpShape{data.pixels(), plan.hidden, data.classes});
  std::vector<Shard> shards = federated_shards(plan, data);
  std::vector<float> server = mlp.initial(plan.seed);
  std::vector<float> gradient(server.size());
  WeightedMean mean(server.size());
  Batch batch;
  FederatedOutcome outcome;
  double own = 0;
  while (outcome.samples < plan.samples() && go_on()) {
    own = 0;
    const bool last = outcome.samples + plan.peers * plan.period * plan.batch >= plan.samples();
    for (Shard& shard : shards) {
      std::vector<float> parameters = server;
      Sgd sgd(parameters.size(), federated_optimizer);
      for (std::uint32_t step = 0; step < plan.period; ++step) {
        shard.next(data.train, plan.batch, batch);
        mlp.loss_and_gradient(parameters, batch, gradient);
        sgd.step(parameters, gradient, static_cast<float>(plan.rate));
        outcome.samples += plan.batch;
      }
      mean.add(parameters, 1);
      if (last) own += mlp.accuracy(parameters, data.test) / static_cast<double>(plan.peers);
    }
    mean.take(server);
    ++outcome.averaging_steps;
    if (!look_is_due(plan, outcome) && !last) continue;
    outcome.accuracy = mlp.accuracy(server, data.test);
    outcome.curve.push_back({static_cast<double>(outcome.samples), outcome.accuracy});
  }
  outcome.own = own;
  return outcome;
}

}  // namespace moshpit
