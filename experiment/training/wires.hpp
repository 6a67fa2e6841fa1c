// Wires: the network of a simulated cluster, for methods that send whole vectors. Every device has
// two wires, one each direction; transfers that share a wire take turns, first come, first served:
// on the sender's in the order of sending, on the receiver's in the order in which the first bytes
// come. A transfer that has both to itself flows through them at once. One generator draws all
// latencies and delays.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "base/random.hpp"
#include "experiment/training/cluster.hpp"
#include "experiment/training/timeline.hpp"
#include "moshpit/time.hpp"

namespace moshpit {

class Wires {
 public:
  // `more_hosts`: so many beside the devices, with the same lines. Both references must outlive
  // this.
  Wires(const Cluster& cluster, Timeline& timeline, Random random, std::size_t more_hosts = 0);

  // Sends a vector; `there` is called when its last byte has come.
  void send(std::size_t from, std::size_t to, std::function<void()> there);

  Duration draw_latency();
  // What a device waits before it takes part in a communication round.
  Duration draw_round_delay();
  // Whether some device fails in a round of all.
  bool draw_failure();

 private:
  const Cluster& cluster_;
  Timeline& timeline_;
  Random random_;
  std::vector<Time> up_free_;
  std::vector<Time> down_free_;
};

}  // namespace moshpit
