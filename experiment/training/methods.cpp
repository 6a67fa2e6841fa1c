#include "experiment/training/methods.hpp"

#include <utility>

#include "experiment/training/all_reduce_sgd.hpp"
#include "experiment/training/local_sgd.hpp"
#include "experiment/training/pair_gossip_sgd.hpp"
#include "experiment/training/parameter_server.hpp"
#include "experiment/training/push_sum_sgd.hpp"
#include "experiment/training/ring_gossip_sgd.hpp"

namespace moshpit {

const std::array<MethodDescription, method_count> methods{{
    {Method::all_reduce, "ar-sgd", "AR-SGD", false, false},
    {Method::parameter_server, "parameter-server", "parameter server", false, false},
    {Method::local_sgd, "local-sgd", "local SGD"},
    {Method::ring_gossip, "d-psgd", "D-PSGD, ring", true},
    {Method::push_sum, "sgp-1", "SGP, 1 peer", true},
    {Method::push_sum_two, "sgp-2", "SGP, 2 peers", true},
    {Method::push_sum_overlapped, "sgp-1-overlap", "SGP, 1 peer, overlap", true},
    {Method::push_sum_two_overlapped, "sgp-2-overlap", "SGP, 2 peers, overlap", true},
    {Method::pair_gossip, "ad-psgd", "AD-PSGD", true},
    {Method::moshpit, "moshpit-sgd", "Moshpit SGD", false, true, true},
    {Method::moshpit_overlapped, "moshpit-sgd-overlap", "Moshpit SGD, overlap", false, true, true},
}};

const MethodDescription& describe(Method method) {
  return methods[static_cast<std::size_t>(method)];
}

TrainingResult run_method(Method method, const Cluster& cluster, const TrainingPlan& plan,
                          Model& model, const Dataset& dataset) {
  const std::size_t servers = method == Method::parameter_server ? 1 : 0;
  TrainingWorld world(cluster, plan, model, dataset, servers);
  TrainingResult result;
  switch (method) {
    case Method::all_reduce:
      AllReduceSgd(world).run();
      break;
    case Method::parameter_server:
      ParameterServer(world).run();
      break;
    case Method::local_sgd:
      LocalSgd(world).run();
      break;
    case Method::ring_gossip:
      RingGossipSgd(world).run();
      break;
    case Method::push_sum:
      PushSumSgd(world, {1, false}).run();
      break;
    case Method::push_sum_two:
      PushSumSgd(world, {2, false}).run();
      break;
    case Method::push_sum_overlapped:
      PushSumSgd(world, {1, true}).run();
      break;
    case Method::push_sum_two_overlapped:
      PushSumSgd(world, {2, true}).run();
      break;
    case Method::pair_gossip:
      PairGossipSgd(world).run();
      break;
    case Method::moshpit:
    case Method::moshpit_overlapped: {
      MoshpitTraining training(world, method == Method::moshpit_overlapped);
      training.run();
      result.tally = training.tally();
      break;
    }
  }
  result.curve = std::move(world).finish();
  const CurvePoint& end = result.curve.points.back();
  result.charged_samples_per_second =
      end.samples / end.seconds * cluster.charged_batch / static_cast<double>(plan.batch);
  return result;
}

}  // namespace moshpit
