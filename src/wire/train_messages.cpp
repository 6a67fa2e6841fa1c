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

// Behind the raw answers: a number and a mark that says which of them it is.
constexpr std::uint32_t manifest_mark = 0x4e414d53;  // "SMAN"
constexpr std::uint32_t piece_mark = 0x43504953;     // "SIPC"
constexpr std::size_t trailer_size = 8;

void append_trailer(Bytes& out, std::uint32_t number, std::uint32_t mark) {
  append_little_endian(out, number);
  append_little_endian(out, mark);
}

// Nothing if these bytes are not of this kind.
std::optional<std::uint32_t> number_behind(ByteView bytes, std::uint32_t mark) {
  if (bytes.size() < trailer_size) return std::nullopt;
  const ByteView trailer = bytes.last(trailer_size);
  if (read_little_endian<std::uint32_t>(trailer.subspan(4)) != mark) return std::nullopt;
  return read_little_endian<std::uint32_t>(trailer);
}

void write(const StateOffer& offer, wire::StateOffer& message) {
  message.set_step(offer.step);
  message.set_elements(offer.elements);
  message.set_state(to_wire(offer.state));
}

std::optional<StateOffer> offer_from_wire(const wire::StateOffer& message) {
  const auto state = digest_from_wire(message.state());
  const bool sound = message.elements() > 0 && message.elements() <= state_elements_limit;
  if (!state || !sound) return std::nullopt;
  return StateOffer{message.step(), message.elements(), *state};
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
  return plan.period() > 0 && plan.state_every() > 1 && plan.rounds() <= rounds_limit &&
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
  if (const auto* manifest = std::get_if<ManifestQuestion>(&question)) {
    message.mutable_manifest()->set_state(to_wire(manifest->state));
  } else if (const auto* piece = std::get_if<PieceQuestion>(&question)) {
    message.mutable_piece()->set_state(to_wire(piece->state));
    message.mutable_piece()->set_piece(piece->piece);
  } else if (std::holds_alternative<OffersQuestion>(question)) {
    message.mutable_offers();
  } else {
    message.mutable_plan();
  }
  return serialise(message);
}

std::optional<TrainQuestion> decode_train_question(ByteView bytes) {
  wire::TrainQuestion message;
  if (!parse(message, bytes)) return std::nullopt;
  if (message.has_plan()) return TrainQuestion(PlanQuestion());
  if (message.has_offers()) return TrainQuestion(OffersQuestion());
  const bool whole = message.has_manifest();
  if (!whole && !message.has_piece()) return std::nullopt;
  const auto state = digest_from_wire(whole ? message.manifest().state() : message.piece().state());
  if (!state) return std::nullopt;
  if (whole) return TrainQuestion(ManifestQuestion{*state});
  return TrainQuestion(PieceQuestion{*state, message.piece().piece()});
}

Bytes encode(const PlanAnswer& answer) {
  wire::Plan message;
  message.set_side(answer.plan.grid.side());
  message.set_dimensions(answer.plan.grid.dimensions());
  message.set_rounds(answer.plan.rounds);
  message.set_model(answer.plan.model);
  message.set_settings(answer.plan.settings);
  message.set_elements(answer.plan.elements);
  message.set_steps(answer.plan.steps);
  message.set_period(answer.plan.period);
  message.set_seed(answer.plan.seed);
  message.set_weight_limit(answer.plan.weight_limit);
  message.set_largest_group(answer.plan.largest_group);
  message.set_codec(static_cast<std::uint32_t>(answer.plan.codec));
  message.set_state_codec(static_cast<std::uint32_t>(answer.plan.state_codec));
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
  const auto state_codec = codec_numbered(message.state_codec());
  const auto mode = mode_numbered(message.mode());
  if (!sound || !codec || !state_codec || !mode) return std::nullopt;
  PlanAnswer answer;
  answer.clock = message.clock();
  answer.plan.grid = *grid;
  answer.plan.rounds = message.rounds();
  answer.plan.model = message.model();
  answer.plan.settings = message.settings();
  answer.plan.elements = message.elements();
  answer.plan.steps = message.steps();
  answer.plan.period = message.period();
  answer.plan.seed = message.seed();
  answer.plan.weight_limit = message.weight_limit();
  answer.plan.largest_group = message.largest_group();
  answer.plan.codec = *codec;
  answer.plan.state_codec = *state_codec;
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

Bytes encode(const StateOffer& offer) {
  wire::StateOffer message;
  write(offer, message);
  return serialise(message);
}

std::optional<StateOffer> decode_state_offer(ByteView bytes) {
  wire::StateOffer message;
  if (!parse(message, bytes)) return std::nullopt;
  return offer_from_wire(message);
}

Bytes encode(const StateOffers& offers) {
  wire::StateOffers message;
  for (const StateOffer& offer : offers) write(offer, *message.add_offers());
  return serialise(message);
}

std::optional<StateOffers> decode_state_offers(ByteView bytes) {
  wire::StateOffers message;
  if (!parse(message, bytes) || message.offers_size() > state_offers_limit) return std::nullopt;
  StateOffers offers;
  for (const wire::StateOffer& field : message.offers()) {
    const auto offer = offer_from_wire(field);
    if (!offer) return std::nullopt;
    offers.push_back(*offer);
  }
  return offers;
}

Bytes encode(const StateManifest& manifest) {
  Bytes out;
  out.reserve(manifest.pieces.size() * sizeof(Digest) + trailer_size + envelope_size);
  for (const Digest& digest : manifest.pieces) append(out, digest);
  append_trailer(out, 0, manifest_mark);
  return out;
}

std::optional<StateManifest> decode_state_manifest(ByteView bytes) {
  if (!number_behind(bytes, manifest_mark)) return std::nullopt;
  const ByteView digests = bytes.first(bytes.size() - trailer_size);
  if (digests.empty() || digests.size() % sizeof(Digest) != 0) return std::nullopt;
  StateManifest manifest;
  manifest.pieces.resize(digests.size() / sizeof(Digest));
  std::memcpy(manifest.pieces.data(), digests.data(), digests.size());
  return manifest;
}

Bytes encode_piece(std::uint32_t piece, ByteView values) {
  Bytes out;
  out.reserve(values.size() + trailer_size + envelope_size);
  append(out, values);
  append_trailer(out, piece, piece_mark);
  return out;
}

std::optional<StatePiece> decode_state_piece(Bytes bytes) {
  const auto piece = number_behind(bytes, piece_mark);
  if (!piece) return std::nullopt;
  bytes.resize(bytes.size() - trailer_size);
  const bool sound =
      !bytes.empty() && bytes.size() <= state_piece_bytes && bytes.size() % sizeof(float) == 0;
  if (!sound) return std::nullopt;
  return StatePiece{*piece, std::move(bytes)};
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
