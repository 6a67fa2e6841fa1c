#include "wire/train_messages.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "train.pb.h"
#include "wire/common.hpp"
#include "wire/shape_fields.hpp"

namespace moshpit {
namespace {

// A name that a person gave a model or a place; longer ones are nonsense from the network.
constexpr std::size_t name_limit = 200;

bool printable(std::string_view text) {
  const auto fits = [](char c) { return c >= ' ' && c <= '~'; };
  return text.size() <= name_limit && std::ranges::all_of(text, fits);
}

static_assert(std::endian::native == std::endian::little, "fp32 goes onto the wire as it lies");

std::string values_to_wire(std::span<const float> values) {
  return std::string(as_text(std::as_bytes(values)));
}

std::optional<std::vector<float>> values_from_wire(std::string_view field) {
  if (field.size() % sizeof(float) != 0) return std::nullopt;
  std::vector<float> values(field.size() / sizeof(float));
  if (!field.empty()) std::memcpy(values.data(), field.data(), field.size());
  return values;
}

std::optional<TrainingMode> mode_numbered(std::uint32_t number) {
  const auto mode = static_cast<TrainingMode>(number);
  switch (mode) {
    case TrainingMode::moshpit_sgd:
    case TrainingMode::collective:
    case TrainingMode::outer:
      return mode;
  }
  return std::nullopt;
}

// How a run trains; the numbers are those that Peer::start_run lets a run begin with.
bool is_sound_training(const wire::Plan& plan) {
  const bool averages_changes = plan.mode() != static_cast<int>(TrainingMode::moshpit_sgd);
  return plan.period() > 0 && plan.state_every() > 1 &&
         plan.period_nanoseconds() <= static_cast<std::uint64_t>(Duration::max().count()) &&
         averages_changes == (plan.changes() > 0) && plan.changes() <= plan.elements() &&
         plan.target_batch() >= 0 && std::isfinite(plan.target_batch()) &&
         std::isfinite(plan.outer_rate()) && std::isfinite(plan.outer_momentum());
}

bool can_follow(const wire::Plan& plan) {
  return plan.largest_group() == 0 ||
         (plan.largest_group() >= plan.side() && plan.largest_group() <= following_group_limit);
}

}  // namespace

bool are_sound_settings(std::string_view settings) {
  const auto fits = [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); };
  return settings.size() <= settings_limit && std::ranges::all_of(settings, fits);
}

Bytes encode(const TrainQuestion& question) {
  wire::TrainQuestion message;
  if (const auto* state = std::get_if<StateQuestion>(&question)) {
    if (state->digest) message.mutable_state()->set_digest(to_wire(*state->digest));
    message.mutable_state()->set_offset(state->offset);
  } else {
    message.mutable_plan();
  }
  return serialise(message);
}

std::optional<TrainQuestion> decode_train_question(ByteView bytes) {
  wire::TrainQuestion message;
  if (!parse(message, bytes)) return std::nullopt;
  if (message.has_plan()) return TrainQuestion(PlanQuestion());
  if (!message.has_state()) return std::nullopt;
  StateQuestion question;
  question.offset = message.state().offset();
  if (!message.state().digest().empty()) {
    question.digest = digest_from_wire(message.state().digest());
    if (!question.digest) return std::nullopt;
  }
  return TrainQuestion(question);
}

Bytes encode(const PlanAnswer& answer) {
  wire::Plan message;
  message.set_side(answer.plan.grid.side());
  message.set_dimensions(answer.plan.grid.dimensions());
  message.set_model(answer.plan.model);
  message.set_settings(answer.plan.settings);
  message.set_elements(answer.plan.elements);
  message.set_steps(answer.plan.steps);
  message.set_period(answer.plan.period);
  message.set_seed(answer.plan.seed);
  message.set_weight_limit(answer.plan.weight_limit);
  message.set_largest_group(answer.plan.largest_group);
  message.set_codec(static_cast<std::uint32_t>(answer.plan.codec));
  message.set_mode(static_cast<std::uint32_t>(answer.plan.mode));
  message.set_changes(answer.plan.changes);
  message.set_period_nanoseconds(static_cast<std::uint64_t>(answer.plan.period_time.count()));
  message.set_overlap(answer.plan.overlap);
  message.set_target_batch(answer.plan.target_batch);
  message.set_state_every(answer.plan.state_every);
  message.set_outer_rate(answer.plan.outer_rate);
  message.set_outer_momentum(answer.plan.outer_momentum);
  message.set_clock(answer.clock);
  for (const Shape& shape : answer.shapes) to_wire(shape, *message.add_shapes());
  return serialise(message);
}

std::optional<PlanAnswer> decode_plan_answer(ByteView bytes) {
  wire::Plan message;
  if (!parse(message, bytes)) return std::nullopt;
  auto grid = Grid::create(message.side(), message.dimensions());
  const bool sound = grid.ok() && can_follow(message) && printable(message.model()) &&
                     are_sound_settings(message.settings()) && message.elements() > 0 &&
                     is_sound_training(message) && message.weight_limit() > 0 &&
                     message.weight_limit() <= largest_weight_limit;
  const auto codec = codec_numbered(message.codec());
  const auto mode = mode_numbered(message.mode());
  if (!sound || !codec || !mode) return std::nullopt;
  PlanAnswer answer;
  answer.clock = message.clock();
  answer.plan.grid = *grid;
  answer.plan.model = message.model();
  answer.plan.settings = message.settings();
  answer.plan.elements = message.elements();
  answer.plan.steps = message.steps();
  answer.plan.period = message.period();
  answer.plan.seed = message.seed();
  answer.plan.weight_limit = message.weight_limit();
  answer.plan.largest_group = message.largest_group();
  answer.plan.codec = *codec;
  answer.plan.mode = *mode;
  answer.plan.changes = message.changes();
  answer.plan.period_time = Duration(message.period_nanoseconds());
  answer.plan.overlap = message.overlap();
  answer.plan.target_batch = message.target_batch();
  answer.plan.state_every = message.state_every();
  answer.plan.outer_rate = message.outer_rate();
  answer.plan.outer_momentum = message.outer_momentum();
  for (const wire::Shape& field : message.shapes()) {
    auto shape = shape_from_wire(field);
    if (!shape) return std::nullopt;
    answer.shapes.push_back(*std::move(shape));
  }
  return answer;
}

Bytes encode(const StatePiece& piece) {
  wire::StatePiece message;
  message.set_digest(to_wire(piece.digest));
  message.set_step(piece.step);
  message.set_elements(piece.elements);
  message.set_offset(piece.offset);
  message.set_values(values_to_wire(piece.values));
  return serialise(message);
}

std::optional<StatePiece> decode_state_piece(ByteView bytes) {
  wire::StatePiece message;
  if (!parse(message, bytes)) return std::nullopt;
  const auto digest = digest_from_wire(message.digest());
  auto values = values_from_wire(message.values());
  if (!digest || !values) return std::nullopt;
  if (message.offset() > message.elements() ||
      values->size() > message.elements() - message.offset()) {
    return std::nullopt;
  }
  return StatePiece{*digest, message.step(), message.elements(), message.offset(),
                    *std::move(values)};
}

Bytes encode(const Progress& progress) {
  wire::Progress message;
  message.set_step(progress.step);
  message.set_local_steps(progress.local_steps);
  message.set_loss(progress.loss);
  message.set_place(progress.place);
  message.set_samples(progress.samples);
  message.set_samples_per_second(progress.samples_per_second);
  return serialise(message);
}

std::optional<Progress> decode_progress(ByteView bytes) {
  wire::Progress message;
  if (!parse(message, bytes) || !printable(message.place())) return std::nullopt;
  const auto is_amount = [](double value) { return value >= 0 && std::isfinite(value); };
  if (!is_amount(message.samples()) || !is_amount(message.samples_per_second())) {
    return std::nullopt;
  }
  return Progress{message.step(),  message.local_steps(), message.loss(),
                  message.place(), message.samples(),     message.samples_per_second()};
}

}  // namespace moshpit
