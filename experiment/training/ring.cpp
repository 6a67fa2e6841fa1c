#include "experiment/training/ring.hpp"

#include <algorithm>

namespace moshpit {
namespace {

Time attempt(const Cluster& cluster, Wires& wires, std::vector<Time> ready) {
  const std::size_t devices = ready.size();
  const Duration takes =
      from_seconds(cluster.vector_bytes / static_cast<double>(devices) / cluster.bytes_per_second);
  std::vector<Time> next(devices);
  for (std::size_t phase = 0; phase < 2 * (devices - 1); ++phase) {
    for (std::size_t i = 0; i < devices; ++i) {
      const Time comes = ready[(i + devices - 1) % devices] + wires.draw_latency();
      next[i] = std::max(ready[i], comes) + takes;
    }
    ready.swap(next);
  }
  return *std::ranges::max_element(ready);
}

}  // namespace

Time ring_all_reduce(const Cluster& cluster, Wires& wires, std::vector<Time> ready) {
  while (true) {
    const bool failed = wires.draw_failure();
    const Time end = attempt(cluster, wires, ready);
    if (!failed) return end;
    std::ranges::fill(ready, end);
  }
}

}  // namespace moshpit
