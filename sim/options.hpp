// What a simulated network and the hosts on it are like.
#pragma once

#include <chrono>
#include <optional>

#include "moshpit/time.hpp"

namespace moshpit::sim {

struct NetworkModel {
  // Of every parcel: drawn evenly between the two, and then the jitter on top.
  Duration latency_min = std::chrono::milliseconds(1);
  Duration latency_max = std::chrono::milliseconds(5);
  Duration jitter_mean{0};  // exponential: one in twenty is three times the mean or more
  double loss = 0;          // a lost packet costs a retransmission time-out, as TCP shows it
  double bytes_per_second = 125e6;  // of each host, each direction, if it does not say otherwise
  // A byte of a bulk frame takes as long on the wires as so many: a small vector stands for a large
  // one, and what peers say to one another is as small as ever.
  double bulk_weight = 1;
};

// What the usual device takes for what a peer computes beside its training. Meanwhile it does
// nothing else.
struct ComputeCosts {
  Duration sign{0};
  Duration verify{0};
  Duration mebibyte{0};  // sent or received: coding, encryption, sums
};

struct HostOptions {
  bool outbound_only = false;  // accepts no connections, as behind a NAT
  bool unaware = false;        // and its programs do not know: they say where they listen
  std::optional<double> bytes_per_second_up = std::nullopt;
  std::optional<double> bytes_per_second_down = std::nullopt;
  double clock_rate = 1;  // its seconds in one of the world's
  double speed = 1;       // of its device: work takes so many times less than on the usual one
  ComputeCosts costs = {};
  // Ed25519 (net/identity.hpp) instead of the hash of sim/credentials.hpp.
  bool real_signatures = false;
};

}  // namespace moshpit::sim
