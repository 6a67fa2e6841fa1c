#include "experiment/training/moshpit_training.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/assert.hpp"
#include "base/hash.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// Virtual time within which everybody has come and has a place, and longer than any run takes.
constexpr Duration coming_takes = 300s;
constexpr Duration training_takes = 10'000h;

sim::NetworkModel network_of(TrainingWorld& world) {
  const Cluster& cluster = world.cluster();
  sim::NetworkModel model;
  model.latency_min = cluster.latency_min;
  model.latency_max = cluster.latency_max;
  model.bytes_per_second = cluster.bytes_per_second;
  const std::size_t elements = world.parameters(0).size();
  model.bulk_weight = cluster.vector_bytes / static_cast<double>(elements * sizeof(float));
  return model;
}

RunPlan plan_of(TrainingWorld& world, bool overlapped) {
  RunPlan plan;
  plan.grid = square_for(world.size());
  plan.model = "experiment";
  plan.elements = world.parameters(0).size();
  plan.period = world.plan().period;
  if (!overlapped) plan.overlap = 0;
  return plan;
}

}  // namespace

Grid square_for(std::size_t devices) {
  std::size_t side = 2;
  while (side * side < devices) ++side;
  return Grid::parse(fmt::format("{0}x{0}", side)).value();
}

void MoshpitTraining::run() {
  sim::World swarm(world_.plan().seed, network_of(world_));
  const RunId id{Hasher().add(as_bytes("experiment")).add(world_.plan().seed).digest()};
  std::vector<MoshpitPeer*> peers;
  for (std::size_t i = 0; i < world_.size(); ++i) {
    sim::Host& host = swarm.add_host();
    MoshpitPeer::Options options;
    options.membership = {id, to_bytes("the secret of the run"), false};
    options.plan = plan_of(world_, overlapped_);
    if (i > 0) options.entrance = {swarm.host(0).address()};
    options.place = i;
    options.device = i;
    peers.push_back(&host.start<MoshpitPeer>(swarm, host, std::move(options), world_, tally_));
  }
  const auto all_placed = [&] { return std::ranges::all_of(peers, &MoshpitPeer::is_placed); };
  const bool came = swarm.run_until(all_placed, Time{} + coming_takes);
  MOSHPIT_ASSERT(came);
  for (MoshpitPeer* peer : peers) peer->begin(swarm.now());
  const auto all_stopped = [&] { return std::ranges::all_of(peers, &MoshpitPeer::has_stopped); };
  swarm.run_until(all_stopped, swarm.now() + training_takes);
}

}  // namespace moshpit
