// The peers of the fleet train together as the product does it: each is a Participant in the
// simulated world, in the collective mode. Gradients are real; a batch takes as long as the charged
// model's on the peer's device, and bytes as long as the charged model's on its line. Peers are
// killed when they are taken, and come back as strangers that download the state.
#pragma once

#include <cstdint>
#include <vector>

#include "experiment/albert/absences.hpp"
#include "experiment/albert/lesson.hpp"
#include "experiment/albert/loss_curve.hpp"
#include "moshpit/codec.hpp"

namespace moshpit {

// What became of the samples that peers worked on.
struct SampleTally {
  double worked = 0;
  double trained = 0;  // in a step that was made, or some of whose rounds were
  double lost = 0;     // with a peer that was taken, or by one that had no state yet
  double in_hand = 0;  // at the end
};

struct SwarmOutcome {
  LossCurve curve;  // of a peer in the middle: half of the others make the step before it
  SampleTally samples;
  std::uint64_t steps = 0;  // averaging steps, those of the state included
  std::uint64_t preemptions = 0;
  std::uint64_t returns_with_state = 0;  // peers that came back and soon had the run's state
  std::uint64_t rounds = 0;
  std::uint64_t rounds_failed = 0;
  double members = 0;            // of a group, the mean
  double averaging_seconds = 0;  // a step's rounds, the mean over all peers and steps
};

struct SwarmPlan {
  // Batches that may go on beside an averaging step: 0 waits for it.
  std::uint32_t overlap = 0;
  std::uint64_t seed = 1;  // of the world
};

// Requires: at least two peers, lesson.batch > 0. The absences outlast the run.
SwarmOutcome run_swarm(const Fleet& fleet, const std::vector<Absence>& absences,
                       const Lesson& lesson, const SwarmPlan& plan, const LearnerSource& source,
                       const GoOn& go_on);

// Samples of a batch of this peer: as many as it makes in a second, but at least one.
std::size_t batch_of(const FleetPeer& peer, const Fleet& fleet, const Lesson& lesson);

// The state is averaged once in so many steps; it is six times as long as the gradients.
inline constexpr std::uint32_t state_every = 16;
// Of the gradients; what it rounds off is made up for in the next step.
inline constexpr Codec swarm_codec = Codec::int8;
// Of the state, which holds variances.
inline constexpr Codec swarm_state_codec = Codec::bf16;
// Groups of at most so many: 66 peers are on 9 x 9 places, and two rounds make a step.
inline constexpr std::uint32_t largest_group = 9;

}  // namespace moshpit
