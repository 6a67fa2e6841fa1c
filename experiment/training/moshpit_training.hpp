// Moshpit SGD, as the product does it: every device is a peer that trains (sim::Trainee) in one run
// of the simulated world, on a grid of two dimensions, beside its averaging steps. The momentum
// stays with the device, as with the methods that this is compared with.
//
// The vectors that travel are as small as the model that is trained; each of their bytes takes as
// long on the wires as so many as make ResNet-50's vector of it (NetworkModel::bulk_weight). What
// peers say to one another, to find groups for example, is charged as it is. Joining is not
// charged: training begins when all have their places, as with the other methods.
#pragma once

#include <cstdint>

#include "experiment/training/training_world.hpp"
#include "moshpit/grid.hpp"

namespace moshpit {

// What became of the averaging steps of all peers that were settled.
struct AveragingTally {
  std::uint64_t steps = 0;
  double seconds = 0;  // all of them together, with the delay before each
  std::uint64_t rounds = 0;
  std::uint64_t rounds_averaged = 0;  // with somebody
  std::uint64_t members = 0;          // of the groups of those, this peer included
  std::uint64_t rounds_failed = 0;
};

class MoshpitTraining {
 public:
  // Overlapped, local steps go on beside an averaging step, as many as RunPlan::overlap has;
  // otherwise they wait for it.
  explicit MoshpitTraining(TrainingWorld& world, bool overlapped = true)
      : world_(world), overlapped_(overlapped) {}

  void run();

  const AveragingTally& tally() const { return tally_; }

 private:
  TrainingWorld& world_;
  bool overlapped_;
  AveragingTally tally_;
};

// The smallest square with a place for each.
Grid square_for(std::size_t devices);

}  // namespace moshpit
