#include "experiment/training/wires.hpp"

#include <algorithm>
#include <utility>

#include "sim/exponential.hpp"

namespace moshpit {

Wires::Wires(const Cluster& cluster, Timeline& timeline, Random random, std::size_t more_hosts)
    : cluster_(cluster),
      timeline_(timeline),
      random_(random),
      up_free_(cluster.devices.size() + more_hosts),
      down_free_(cluster.devices.size() + more_hosts) {}

void Wires::send(std::size_t from, std::size_t to, std::function<void()> there) {
  const Duration takes = from_seconds(cluster_.vector_bytes / cluster_.bytes_per_second);
  const Time leaves = std::max(timeline_.now(), up_free_[from]);
  up_free_[from] = leaves + takes;
  timeline_.at(leaves + draw_latency(), [this, to, takes, there = std::move(there)]() mutable {
    down_free_[to] = std::max(timeline_.now(), down_free_[to]) + takes;
    timeline_.at(down_free_[to], std::move(there));
  });
}

Duration Wires::draw_latency() {
  const Duration range = cluster_.latency_max - cluster_.latency_min;
  return cluster_.latency_min + Duration(static_cast<std::int64_t>(
                                    random_.below(static_cast<std::uint64_t>(range.count()) + 1)));
}

Duration Wires::draw_round_delay() {
  if (cluster_.round_delay == Duration{0}) return Duration{0};
  return sim::exponential(random_, cluster_.round_delay);
}

bool Wires::draw_failure() {
  if (cluster_.failure_rate == 0) return false;
  bool failed = false;
  for (std::size_t i = 0; i < cluster_.devices.size(); ++i) {
    if (random_.chance(cluster_.failure_rate)) failed = true;
  }
  return failed;
}

}  // namespace moshpit
