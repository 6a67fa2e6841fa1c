// Trainer: trains a model together with the other peers of a run, in whichever way the run's plan
// says. The caller's loop is the same for all three: a batch, its gradients, after_batch().
//
//   Moshpit SGD (moshpit_sgd): the optimizer makes a local step after each batch; every `period` of
//   them the parameters, statistics and optimizer states of all peers are averaged, weighted by the
//   samples behind them ("Moshpit SGD", arXiv 2103.03239, section 3.2).
//   Collective batch (collective): gradients add up until the batches of all peers together hold
//   `target_batch` samples; then the optimizer of everybody makes one step with their mean,
//   weighted by samples, as one machine would with that large batch.
//   Outer optimizer (outer): local steps; every `period` of them what they changed is averaged, and
//   Nesterov's method makes an outer step with it (DiLoCo, arXiv 2311.08105).
//
// In a collective run the gradients of batches beside a step count in the next one, so they are
// taken where the parameters are likely to be then: meanwhile those are ahead by as much as the
// latest step moved them ("weight prediction", Chen et al. 2018, arXiv 1809.02839).
//
// Averaging goes on beside up to `overlap` further batches, and no work is lost: what a failed step
// did not take in is handed over again. The last of every `state_every` steps of the latter two
// averages the state itself, so that peers which missed a step come back to the others.
//
// Differences from the paper: an averaging step runs beside local steps, and its change is added to
// whatever they made of the parameters meanwhile; a peer that hears that others have begun a step
// joins it at once with the work it has done, so that a slow device makes fewer steps instead of
// holding up its group.
// One thread: the caller's training thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "moshpit/checkpoint.hpp"
#include "moshpit/peer.hpp"
#include "moshpit/report.hpp"
#include "moshpit/result.hpp"
#include "moshpit/trained_model.hpp"

namespace moshpit {

class Trainer {
 public:
  // Takes up the training of the run: with the model as it is, if no averaging step has begun,
  // otherwise with the state of the run, downloaded from others, which takes at most `patience`; if
  // nobody offers any, this peer follows without weight until it has averaged. The peer must
  // outlive the trainer, and so must the model's memory, which is touched only inside the functions
  // of this class. ErrorCode::incompatible if the lengths of the model are not those of the plan
  // (plan_for).
  static Result<Trainer> begin(Peer& peer, TrainedModel model,
                               Duration patience = std::chrono::seconds(30));

  // Goes on from a checkpoint() of this run or of the one that it continues. Otherwise as begin().
  // ErrorCode::incompatible also if the checkpoint is of another model or way to train.
  static Result<Trainer> resume(Peer& peer, TrainedModel model, const Checkpoint& checkpoint);

  // All that a run needs to go on from where this peer is: save_checkpoint() writes it.
  Checkpoint checkpoint() const;

  Trainer(Trainer&&) noexcept;
  Trainer& operator=(Trainer&&) noexcept;
  ~Trainer();

  // The gradients of a batch of so many samples lie in the model. Begins or applies an averaging
  // step when one is due, and makes the optimizer's step when that is. Blocks only for a step that
  // is not settled `overlap` batches after it began: until the deadlines of its rounds at most.
  // Returns the report of a step that was applied just now.
  std::optional<StepReport> after_batch(double samples);

  // Whether the run is over: its last averaging step has begun, somewhere.
  bool finished() const;

  // The run's last steps, without work beside them, until the peers agree; answers with the last
  // one's report. Blocks until it is settled: at most 60 s for those who are not there yet, and the
  // deadlines of the rounds.
  Result<StepReport> finish();

  // How much of the run is over, from 0 to 1, for schedules of the learning rate: it hangs on the
  // run's clock and not on the calls of this peer. 0 for a run without end.
  double passed() const;

  // The same clock as a number: averaging steps that this peer has begun or been told of on coming.
  std::uint64_t steps_begun() const;

  std::uint64_t local_steps() const;        // batches of this peer
  std::uint64_t local_steps_given() const;  // of them in what the latest averaging step was given
  // Batches with gradients that were not finite, and parameters of this peer that were not: both
  // are dropped.
  std::uint64_t dropped() const;

 private:
  class Work;
  explicit Trainer(std::unique_ptr<Work> work);
  std::unique_ptr<Work> work_;
};

}  // namespace moshpit
