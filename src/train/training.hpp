// Training: decides when a peer averages, what it hands over and what it makes of the outcome, in
// each of the three ways to train (trainer.hpp). Who drives it does the local work and runs the
// steps: Trainer in the real world, a coroutine in the simulated one. Pure; the model's memory is
// read and changed inside add_batch(), begin() and settle() only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "moshpit/peer.hpp"
#include "moshpit/trained_model.hpp"
#include "train/outer_optimizer.hpp"
#include "train/weighted_mean.hpp"

namespace moshpit {

class Training {
 public:
  // How the parameters came about. Beside anybody who knows the run, those of a newcomer count for
  // nothing; what was downloaded may be some steps old.
  enum class Standing { newcomer, behind, level };

  // Requires: the lengths are those of the plan.
  Training(RunPlan plan, TrainedModel model, std::uint64_t steps_begun, Standing standing,
           Time now);

  // What the others are known to have done.
  struct Run {
    std::uint64_t newest_step = 0;
    bool batch_reached = false;  // collective: all samples together are as many as the plan asks
    Time now{};
  };

  // The gradients of a batch lie in the model. With a local way to train, its optimizer makes a
  // step. Requires: samples >= 0.
  void add_batch(double samples);

  // Whether an averaging step is to begin. Never while one is under way.
  bool is_due(const Run& run) const;
  // Requires: no step is under way.
  StepRequest begin(const Run& run);
  bool is_under_way() const { return under_way_.has_value(); }
  // Whether no batch may be added before the step under way is settled.
  bool must_wait() const;
  void settle(StepOutcome outcome);
  // The step will have no outcome: its work counts again.
  void abandon();

  // The run's last averaging step has begun, somewhere.
  bool is_over(const Run& run) const;

  // The state as a newcomer needs it: what the last settled step of the state gave to all of a
  // group, byte for byte; taken out once. Nothing if there is none that is new.
  std::optional<std::vector<float>> take_settled() { return std::exchange(settled_, std::nullopt); }
  // As take_settled(), but as it is now.
  std::vector<float> state();
  // The same, from a run or from a file. Requires: no step is under way, plan.elements values.
  void load_state(std::span<const float> state, std::uint64_t steps_begun, Standing standing);

  Standing standing() const { return standing_; }
  std::uint64_t steps_begun() const { return steps_begun_; }
  std::uint64_t local_steps() const { return local_steps_; }  // batches
  // How many of them were in what the latest averaging step was given.
  std::uint64_t local_steps_given() const { return local_steps_given_; }
  // Work that is in no average yet, in samples.
  double samples_since_step() const { return samples_since_; }
  // Batches, and averages of this peer, that were not finite and were dropped.
  std::uint64_t dropped() const { return dropped_; }

 private:
  struct UnderWay {
    Averaged what = Averaged::state;
    double samples = 0;  // behind what was handed over
  };

  std::vector<float> change();
  double weight(Averaged what) const;
  void drop_what_is_not_finite();
  void settle_state(const StepOutcome& outcome);
  void settle_parameters(const StepOutcome& outcome);
  void settle_anchor(const StepOutcome& outcome);
  void settle_change(const StepOutcome& outcome);
  void settle_gradients(const StepOutcome& outcome);
  void put_back();
  void look_ahead();
  void look_back();
  std::span<float> averaged_parameters();
  std::span<float> averaged_memory();

  RunPlan plan_;
  TrainedModel model_;
  Standing standing_;
  std::optional<WeightedMean> gradients_;  // collective
  std::optional<OuterOptimizer> outer_;    // outer
  std::vector<float> snapshot_;            // what the step under way was given
  // Collective and overlapped: what the latest step did to the parameters, and where they are while
  // the model's are ahead of them.
  std::vector<float> latest_move_;
  std::vector<float> here_;
  std::vector<float> carried_;  // Moshpit SGD: the mean that the work since began from
  std::optional<UnderWay> under_way_;
  std::optional<std::vector<float>> settled_;
  std::uint64_t steps_begun_;
  Time began_;  // the latest step
  std::uint64_t local_steps_ = 0;
  std::uint64_t local_steps_given_ = 0;
  std::uint64_t steps_since_ = 0;  // local steps since the last averaging step began
  double samples_since_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace moshpit
