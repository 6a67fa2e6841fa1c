// What a method should cost by the devices and lines alone: samples that all devices together train
// in a second, charged as ResNet-50's. What it learns from a sample is not in here.
#pragma once

#include <cstdint>

#include "experiment/training/cluster.hpp"
#include "experiment/training/methods.hpp"

namespace moshpit {

// With S / b for a vector on a line, t the time of the slowest device's local step, D the mean
// delay before a round, H_N = 1 + ... + 1/N, so that H_N D is the mean of the longest of N delays,
// and p the period:
//   AR-SGD            N / (t + H_N D + 2 (N-1) (S / (N b) + latency))
//   parameter server  N / (t + D + (N + 1) S / b): gradients come while parameters go
//   local SGD         p N / (p t + H_N D + the ring)
//   D-PSGD            p N / ((p - 1) t + max(t, D + 2 S / b))
//   SGP, m peers      p N / (p t + D + m S / b); overlapped p N / max(p t, D + m S / b)
//   AD-PSGD           sum over the devices of p / max(p t_i, D + S / b), the latter of active ones
//   Moshpit SGD       overlapped, sum over the devices of 1 / t_i: an averaging step never holds up
//                     local ones; else steps / (T + D + 2 (M-1)/M S / b), where T = max(p t_1, t),
//                     t_1 of the fastest device, and each makes as many of its p steps as fit into
//                     T, but at least one
// Neither who waits in line at a receiver nor who waits for a late neighbour is in it.
double predicted_samples_per_second(Method method, const Cluster& cluster, std::uint32_t period);

}  // namespace moshpit
