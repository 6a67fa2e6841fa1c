// Moshpit SGD, as the product does it: every device is a Participant of one run in the simulated
// world (sim/), on a grid of two dimensions, and trains beside its averaging steps.
//
// The vectors that travel are as small as the model that is trained; each of their bytes takes as
// long on the wires as so many as make ResNet-50's vector of it (NetworkModel::bulk_weight). What
// peers say to one another, to find groups for example, is charged as it is. Joining is not
// charged: training begins when all have their places, as with the other methods.
#pragma once

#include "experiment/training/moshpit_peer.hpp"
#include "experiment/training/training_world.hpp"

namespace moshpit {

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
