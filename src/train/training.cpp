#include "train/training.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/assert.hpp"
#include "train/estimates.hpp"
#include "train/finite.hpp"

namespace moshpit {
namespace {

// Added to the samples behind averaged parameters, so that a step in which nobody had time to work
// still averages.
constexpr double least_weight = 1;
// The weight of a state some steps old. Beside states that are not it counts for nothing; where all
// are, they come together.
constexpr double weight_of_old_state = 1e-6;
// That of a state which the run has not seen: beside any other it changes nothing, to rounding.
// Where all who knew better are gone, the others begin anew together.
constexpr double weight_of_foreign_state = 1e-12;

bool replaced_everything(const StepOutcome& outcome) {
  return std::ranges::find(outcome.chunks, ChunkOutcome::kept) == outcome.chunks.end();
}

bool replaced_nothing(const StepOutcome& outcome) {
  return std::ranges::all_of(outcome.chunks,
                             [](ChunkOutcome chunk) { return chunk == ChunkOutcome::kept; });
}

bool contains_all_of_mine(const StepOutcome& outcome) {
  return std::ranges::all_of(outcome.chunks,
                             [](ChunkOutcome chunk) { return chunk == ChunkOutcome::averaged; });
}

// Nobody else was met: what this peer has is the mean.
bool is_lone(const StepOutcome& outcome) {
  return std::ranges::all_of(outcome.report.rounds, [](const RoundReport& round) {
    return round.outcome == RoundOutcome::alone;
  });
}

void replace_what_is_not_finite(std::span<float> values) {
  for (float& value : values) {
    if (!std::isfinite(value)) value = 0;
  }
}

void append(std::vector<float>& all, std::span<const float> part) {
  all.insert(all.end(), part.begin(), part.end());
}

// Takes the next part of a vector.
std::span<const float> next_part(std::span<const float>& rest, std::size_t size) {
  const auto part = rest.first(size);
  rest = rest.subspan(size);
  return part;
}

}  // namespace

Averaged averaged_at(const RunPlan& plan, std::uint64_t step) {
  const bool closing = plan.steps > 0 && step >= plan.steps;
  if (plan.mode == TrainingMode::moshpit_sgd) return Averaged::state;
  if (closing) return step == plan.steps ? Averaged::change : Averaged::state;
  return step % plan.state_every == 0 ? Averaged::state : Averaged::change;
}

RunPlan plan_for(const TrainedModel& model, TrainingMode mode) {
  RunPlan plan;
  plan.mode = mode;
  const std::size_t changes = model.parameters.size() + model.statistics.size();
  const bool outer = mode == TrainingMode::outer;
  plan.elements = changes + (outer ? model.parameters.size() : model.optimizer_state.size());
  if (mode != TrainingMode::moshpit_sgd) plan.changes = changes;
  // Gradients of old parameters are worth less, and an outer step wants all the work of its period.
  if (mode != TrainingMode::moshpit_sgd) plan.overlap = 0;
  return plan;
}

Training::Training(RunPlan plan, TrainedModel model, std::uint64_t steps_begun, Standing standing,
                   Time now)
    : plan_(std::move(plan)),
      model_(std::move(model)),
      standing_(standing),
      steps_begun_(steps_begun),
      began_(now) {
  MOSHPIT_ASSERT(model_.gradients.size() == model_.parameters.size());
  switch (plan_.mode) {
    case TrainingMode::moshpit_sgd:
      carried_.assign(model_.parameters.begin(), model_.parameters.end());
      break;
    case TrainingMode::collective:
      gradients_.emplace(model_.parameters.size());
      break;
    case TrainingMode::outer:
      outer_.emplace(model_.parameters, plan_.outer_rate, plan_.outer_momentum);
      break;
  }
  MOSHPIT_ASSERT(state().size() == plan_.elements);
}

void Training::add_batch(double samples) {
  ++local_steps_;
  ++steps_since_;
  if (gradients_) {
    const bool sound = gradients_->add(model_.gradients, samples);
    if (!sound) ++dropped_;
    samples_since_ = gradients_->samples();
  } else {
    model_.optimizer_step();
    samples_since_ += samples;
  }
}

bool Training::is_due(const Run& run) const {
  if (under_way_ || is_over(run)) return false;
  if (run.newest_step > steps_begun_) return true;
  const bool needs_work = plan_.mode == TrainingMode::moshpit_sgd ||
                          averaged_at(plan_, steps_begun_ + 1) == Averaged::change;
  if (!needs_work) return true;
  if (gradients_) return run.batch_reached;
  if (plan_.period_time > Duration{0}) return run.now - began_ >= plan_.period_time;
  return steps_since_ >= plan_.period;
}

bool Training::is_over(const Run& run) const {
  const std::uint64_t last = plan_.steps;
  return last > 0 && !under_way_ && std::max(steps_begun_ + 1, run.newest_step) >= last;
}

bool Training::must_wait() const { return under_way_ && steps_since_ >= plan_.overlap; }

StepRequest Training::begin(const Run& run) {
  MOSHPIT_ASSERT(!under_way_);
  drop_what_is_not_finite();
  StepRequest request;
  request.step = std::max(steps_begun_ + 1, run.newest_step);
  request.rounds = plan_.rounds;
  request.what = averaged_at(plan_, request.step);
  request.weight = weight(request.what);
  under_way_ = UnderWay{request.what, samples_since_};
  request.values = request.what == Averaged::state ? state() : change();
  // What an outer optimizer is given is not where the parameters are.
  snapshot_ = request.values;
  if (outer_) std::ranges::copy(model_.parameters, snapshot_.begin());
  if (request.what == Averaged::change || plan_.mode == TrainingMode::moshpit_sgd) {
    samples_since_ = 0;
  } else {
    under_way_->samples = 0;
  }
  local_steps_given_ = local_steps_;
  steps_since_ = 0;
  began_ = run.now;
  if (request.what == Averaged::change) look_ahead();
  return request;
}

// Gradients that are computed beside a collective step count in the next one, when parameters have
// moved on. With a momentum they move about as the last time: the gradients are taken there
// ("weight prediction", as in SpecTrain, Chen et al. 2018, arXiv 1809.02839).
void Training::look_ahead() {
  if (latest_move_.empty() || standing_ != Standing::level) return;
  here_.assign(model_.parameters.begin(), model_.parameters.end());
  for (std::size_t i = 0; i < here_.size(); ++i) model_.parameters[i] += latest_move_[i];
}

void Training::look_back() {
  if (here_.empty()) return;
  std::ranges::copy(here_, model_.parameters.begin());
  here_.clear();
}

double Training::weight(Averaged what) const {
  if (standing_ == Standing::newcomer) {
    return what == Averaged::change ? 0 : weight_of_foreign_state;
  }
  if (what == Averaged::change) return std::min(samples_since_, plan_.weight_limit);
  if (plan_.mode == TrainingMode::moshpit_sgd) {
    return std::min(samples_since_ + least_weight, plan_.weight_limit);
  }
  return standing_ == Standing::level ? 1 : weight_of_old_state;
}

std::span<float> Training::averaged_parameters() {
  if (!here_.empty()) return here_;
  return outer_ ? outer_->anchor() : model_.parameters;
}

std::span<float> Training::averaged_memory() {
  return outer_ ? outer_->velocity() : model_.optimizer_state;
}

std::vector<float> Training::state() {
  std::vector<float> state;
  state.reserve(plan_.elements);
  append(state, averaged_parameters());
  append(state, model_.statistics);
  append(state, averaged_memory());
  return state;
}

std::vector<float> Training::change() {
  std::vector<float> change(model_.parameters.size());
  if (gradients_) {
    gradients_->take(change);
  } else {
    outer_->change(model_.parameters, change);
  }
  append(change, model_.statistics);
  return change;
}

// A peer whose training has run away goes back to where the others last saw it.
void Training::drop_what_is_not_finite() {
  const bool sound = all_finite(model_.parameters) && all_finite(model_.statistics) &&
                     all_finite(averaged_memory());
  if (sound) return;
  ++dropped_;
  latest_move_.clear();
  if (!carried_.empty()) std::ranges::copy(carried_, model_.parameters.begin());
  if (outer_) std::ranges::copy(outer_->anchor(), model_.parameters.begin());
  // Collective: these parameters are made by averages, and nothing sound of them is left.
  if (gradients_ && !all_finite(model_.parameters)) standing_ = Standing::newcomer;
  replace_what_is_not_finite(model_.parameters);
  replace_what_is_not_finite(model_.statistics);
  replace_what_is_not_finite(averaged_memory());
}

void Training::settle(StepOutcome outcome) {
  MOSHPIT_ASSERT(under_way_);
  look_back();
  if (outcome.report.rounds.empty()) return abandon();
  const bool missed_some = outcome.report.step > steps_begun_ + 1;
  if (missed_some && standing_ == Standing::level) standing_ = Standing::behind;
  steps_begun_ = outcome.report.step;
  if (under_way_->what == Averaged::state) {
    settle_state(outcome);
    const bool settled = replaced_everything(outcome) || is_lone(outcome);
    if (settled) settled_ = std::move(outcome.values);
  } else {
    settle_change(outcome);
  }
  under_way_.reset();
}

void Training::abandon() {
  look_back();
  put_back();
  under_way_.reset();
}

void Training::put_back() {
  if (!gradients_) {
    samples_since_ += under_way_->samples;
  } else if (under_way_->what == Averaged::change && standing_ != Standing::newcomer) {
    gradients_->add(std::span(snapshot_).first(model_.parameters.size()), under_way_->samples);
    samples_since_ = gradients_->samples();
  }
}

void Training::settle_state(const StepOutcome& outcome) {
  const std::size_t parameters = model_.parameters.size();
  const std::size_t statistics = model_.statistics.size();
  const std::span<const float> snapshot(snapshot_);
  if (outer_) {
    settle_anchor(outcome);
  } else {
    settle_parameters(outcome);
  }
  apply_to_estimates(outcome, parameters, snapshot, model_.statistics);
  apply_to_estimates(outcome, parameters + statistics, snapshot, averaged_memory());
  if (!contains_all_of_mine(outcome) && plan_.mode == TrainingMode::moshpit_sgd) put_back();
  if (replaced_everything(outcome)) standing_ = Standing::level;
}

void Training::settle_parameters(const StepOutcome& outcome) {
  // The work of a newcomer began from nowhere. That of collective steps is in the gradients.
  const bool assigned = gradients_ || standing_ == Standing::newcomer;
  const auto snapshot = std::span<const float>(snapshot_).first(model_.parameters.size());
  if (!assigned) return apply_to_first(outcome, snapshot, carried_, model_.parameters);
  for (std::size_t i = 0; i < model_.parameters.size(); ++i) {
    if (outcome.chunks[i / outcome.chunk_elements] == ChunkOutcome::kept) continue;
    model_.parameters[i] = outcome.values[i];
    if (!carried_.empty()) carried_[i] = outcome.values[i];
  }
}

void Training::settle_anchor(const StepOutcome& outcome) {
  const auto anchor = outer_->anchor();
  for (std::size_t i = 0; i < anchor.size(); ++i) {
    if (outcome.chunks[i / outcome.chunk_elements] == ChunkOutcome::kept) continue;
    const float work = standing_ == Standing::newcomer ? 0 : model_.parameters[i] - anchor[i];
    anchor[i] = outcome.values[i];
    model_.parameters[i] = anchor[i] + work;
  }
}

void Training::settle_change(const StepOutcome& outcome) {
  const std::size_t parameters = model_.parameters.size();
  const bool lone = is_lone(outcome);
  if (standing_ != Standing::newcomer) {
    if (outer_) {
      outer_->take(outcome, lone, std::span(snapshot_).first(parameters), model_.parameters);
    } else {
      settle_gradients(outcome);
    }
    if (!lone && !contains_all_of_mine(outcome)) put_back();
    if (!lone && replaced_nothing(outcome)) standing_ = Standing::behind;
  }
  apply_to_estimates(outcome, parameters, snapshot_, model_.statistics);
}

// The step that everybody makes. Where nothing came, this peer makes none and keeps its gradients.
void Training::settle_gradients(const StepOutcome& outcome) {
  const bool worked = under_way_->samples > 0;
  if (replaced_nothing(outcome) && !(is_lone(outcome) && worked)) return;
  std::copy_n(outcome.values.begin(), model_.gradients.size(), model_.gradients.begin());
  if (plan_.overlap > 0) latest_move_.assign(model_.parameters.begin(), model_.parameters.end());
  model_.optimizer_step();
  for (std::size_t i = 0; i < latest_move_.size(); ++i) {
    latest_move_[i] = model_.parameters[i] - latest_move_[i];
  }
}

void Training::load_state(std::span<const float> state, std::uint64_t steps_begun,
                          Standing standing) {
  MOSHPIT_ASSERT(!under_way_ && state.size() == plan_.elements);
  std::ranges::copy(next_part(state, model_.parameters.size()), averaged_parameters().begin());
  std::ranges::copy(next_part(state, model_.statistics.size()), model_.statistics.begin());
  std::ranges::copy(state, averaged_memory().begin());
  if (outer_) std::ranges::copy(outer_->anchor(), model_.parameters.begin());
  if (!carried_.empty()) std::ranges::copy(model_.parameters, carried_.begin());
  latest_move_.clear();
  steps_begun_ = std::max(steps_begun_, steps_begun);
  standing_ = standing;
}

}  // namespace moshpit
