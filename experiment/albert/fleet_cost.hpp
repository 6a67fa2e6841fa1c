// What training on the fleet should cost by its devices and lines alone: samples a second, charged.
// What is learnt from a sample is not in here.
#pragma once

#include "experiment/albert/fleet.hpp"
#include "experiment/albert/lesson.hpp"

namespace moshpit {

// With B the samples of a step, S the bytes of the gradients, v all peers' speed, b the slowest
// line, L the mean latency, p the share of its time that a peer is there, N how many peers there
// are and l how often all of them together are taken:
//   the machine     B / (B / v + the ring)
//   Moshpit         c = B / (p v);  a = t + 2 (S / b + 4 L), where t is the slowest peer's batch,
//                   which a group waits for, and a member with the slowest line sends and takes S
//                   a round; the same with 6 S for a step of the state, A. Of n averaging steps
//                   one is of the state: (n-1) B / ((n-1) max(c, a) + max(0, A - c)) if it
//                   overlaps, and (n-1) B / ((n-1) (c + a) + A) if it waits.
//   AR-SGD          T = B / (p v) + 2 (S / b + N L);  B l / (exp(l T) - 1): a step begins anew
//                   whenever somebody is taken
double predicted_on_machine(const Fleet& fleet);
double predicted_swarm(const Fleet& fleet, const Lesson& lesson, bool overlapped);
double predicted_all_reduced(const Fleet& fleet);

}  // namespace moshpit
