#include "experiment/albert/fleet_cost.hpp"

#include <algorithm>
#include <cmath>

#include "codec/codec.hpp"
#include "experiment/albert/machine_run.hpp"
#include "experiment/albert/swarm_run.hpp"

namespace moshpit {
namespace {

double bytes_as(Codec codec, double values) {
  return static_cast<double>(encoded_size(codec, static_cast<std::size_t>(values)));
}

// Parameters and LAMB's two moments.
double state_bytes(const Fleet& fleet) { return bytes_as(swarm_state_codec, 3 * fleet.parameters); }

// All-reduce sends fp16, as the authors do.
double change_bytes(const Fleet& fleet) { return bytes_as(swarm_codec, fleet.parameters); }

double slowest_line(const Fleet& fleet) {
  return std::ranges::min_element(fleet.peers, {}, &FleetPeer::bytes_per_second)->bytes_per_second;
}

double presence(const Fleet& fleet) {
  const double there = seconds(fleet.between_preemptions);
  return there / (there + seconds(fleet.away));
}

double latency(const Fleet& fleet) { return seconds(fleet.latency_min + fleet.latency_max) / 2; }

double computing(const Fleet& fleet) {
  return fleet.charged_batch / (presence(fleet) * fleet.peers_samples_per_second());
}

double longest_batch(const Fleet& fleet, const Lesson& lesson) {
  const double charged = fleet.charged_batch / static_cast<double>(lesson.batch);
  double longest = 0;
  for (const FleetPeer& peer : fleet.peers) {
    const auto batch = static_cast<double>(batch_of(peer, fleet, lesson));
    longest = std::max(longest, batch * charged / peer.samples_per_second);
  }
  return longest;
}

}  // namespace

double predicted_on_machine(const Fleet& fleet) {
  return fleet.charged_batch / machine_step_seconds(fleet);
}

double predicted_swarm(const Fleet& fleet, const Lesson& lesson, bool overlapped) {
  const double wait = longest_batch(fleet, lesson);
  const auto averaging = [&](double bytes) {
    return wait + 2 * (bytes / slowest_line(fleet) + 4 * latency(fleet));
  };
  const double compute = computing(fleet);
  const double change = averaging(change_bytes(fleet));
  const double state = averaging(state_bytes(fleet));
  const double steps = state_every - 1;
  const double took = overlapped
                          ? steps * std::max(compute, change) + std::max(0.0, state - compute)
                          : steps * (compute + change) + state;
  return steps * fleet.charged_batch / took;
}

double predicted_all_reduced(const Fleet& fleet) {
  const auto peers = static_cast<double>(fleet.peers.size());
  const double step = computing(fleet) +
                      2 * (fleet.gradient_bytes() / slowest_line(fleet) + peers * latency(fleet));
  const double taken = presence(fleet) * peers / seconds(fleet.between_preemptions);
  return fleet.charged_batch * taken / std::expm1(taken * step);
}

}  // namespace moshpit
