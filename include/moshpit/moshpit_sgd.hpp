// MoshpitSgd: local SGD whose parameters are averaged over the grid every `period` steps (Moshpit
// SGD, section 3.2 of arXiv 2103.03239), while the local steps go on.
//
// Differences from the paper: an averaging step runs beside the next `period` local steps, and its
// change is added to whatever they made of the parameters meanwhile; contributions are weighted by
// the samples behind them; and a peer that hears that others have begun a step joins it at once
// with the work it has done, so that a slow device makes fewer steps instead of holding up its
// group.
// One thread: the caller's training thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "moshpit/peer.hpp"

namespace moshpit {

class MoshpitSgd {
 public:
  // The parameters are those that the run began with or that were downloaded from it; they are read
  // and changed only inside after_step() and finish(). Both must outlive this object.
  MoshpitSgd(Peer& peer, std::span<float> parameters);

  // Call it after each local step, with the samples that it used. Begins or applies an averaging
  // step when one is due. Blocks only for a step that is not settled `period` local steps after it
  // began, so that peers do not drift apart where the network is slower than the training: until
  // the deadlines of its rounds at most. Returns the report of a step that was applied just now.
  std::optional<StepReport> after_step(double samples);

  // Whether the run is over: this peer has made its local steps, `period` for each averaging step
  // of the plan, or somebody has begun the last averaging step.
  bool finished() const;

  // The run's last steps, without local steps beside them, until the peers agree; answers with the
  // last one's report. Blocks until it is settled: at most 60 s for those who are not there yet,
  // and the deadlines of the rounds.
  Result<StepReport> finish();

  std::uint64_t local_steps() const { return local_steps_; }
  // How many of them were in the parameters that the latest averaging step was given.
  std::uint64_t steps_given() const { return steps_given_; }

 private:
  StepRequest request();
  void begin_step();
  std::optional<StepReport> apply(Result<StepOutcome> outcome);

  Peer& peer_;
  std::span<float> parameters_;
  std::vector<float> snapshot_;  // what the step under way was given
  std::vector<float> carried_;   // the mean that the work since began from
  std::optional<StepHandle> under_way_;
  std::uint64_t local_steps_ = 0;
  std::uint64_t steps_given_ = 0;
  std::uint32_t steps_since_ = 0;  // local steps since the last averaging step began
  double samples_since_ = 0;
  std::uint64_t steps_begun_;
};

}  // namespace moshpit
