// Messages of Protocol::train: what a newcomer asks a member of the run, and the progress that
// members publish.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "moshpit/peer.hpp"
#include "wire/envelope.hpp"
#include "wire/shape.hpp"

namespace moshpit {

// A state travels in pieces of so many bytes, the last one shorter: long enough that a question and
// a digest each cost nothing beside it, short enough to share a line with a round.
inline constexpr std::size_t state_piece_bytes = 256 * 1024;
inline constexpr std::uint64_t state_piece_elements = state_piece_bytes / sizeof(float);

constexpr std::uint64_t state_pieces(std::uint64_t elements) {
  return elements / state_piece_elements + (elements % state_piece_elements > 0 ? 1 : 0);
}

// Its manifest still goes into one message: 34 GB.
inline constexpr std::uint64_t state_elements_limit =
    (message_limit / sizeof(Digest) - 1) * state_piece_elements;

// What all members that settled a step hold alike, and one of them may give.
struct StateOffer {
  std::uint64_t step = 0;
  std::uint64_t elements = 0;  // 1 to state_elements_limit
  Digest state{};  // SHA-256 of step, elements and the digests of the pieces: it names the state

  bool operator==(const StateOffer&) const = default;
};

struct PlanQuestion {};
struct OffersQuestion {};
struct ManifestQuestion {
  Digest state{};
};
struct PieceQuestion {
  Digest state{};
  std::uint32_t piece = 0;
};

using TrainQuestion = std::variant<PlanQuestion, OffersQuestion, ManifestQuestion, PieceQuestion>;

struct PlanAnswer {
  RunPlan plan;
  std::uint64_t clock = 0;
  std::vector<Shape> shapes;  // those that count from now on, if the grid follows the peers
};

// More than this from one peer are not read: a donor keeps a few.
inline constexpr int state_offers_limit = 16;

// The newest last.
using StateOffers = std::vector<StateOffer>;

// The digests of all pieces. On the wire they come one after the other, then u32 0 and a mark.
struct StateManifest {
  std::vector<Digest> pieces;
};

// fp32, little-endian, and behind them, where they are put on and taken off without moving
// anything, u32 piece and a mark.
struct StatePiece {
  std::uint32_t piece = 0;
  Bytes values;
};

struct Progress {
  std::uint64_t step = 0;
  std::uint64_t local_steps = 0;
  double loss = 0;
  std::string place;
  double samples = 0;  // since it last handed over work
  double samples_per_second = 0;
};

// Whether these are settings that a plan can carry.
bool are_sound_settings(std::string_view settings);

Bytes encode(const TrainQuestion& question);
Bytes encode(const PlanAnswer& answer);
Bytes encode(const StateOffer& offer);
Bytes encode(const StateOffers& offers);
Bytes encode(const StateManifest& manifest);
Bytes encode_piece(std::uint32_t piece, ByteView values);
Bytes encode(const Progress& progress);

std::optional<TrainQuestion> decode_train_question(ByteView bytes);
std::optional<PlanAnswer> decode_plan_answer(ByteView bytes);
std::optional<StateOffer> decode_state_offer(ByteView bytes);
std::optional<StateOffers> decode_state_offers(ByteView bytes);
std::optional<StateManifest> decode_state_manifest(ByteView bytes);
std::optional<StatePiece> decode_state_piece(Bytes bytes);
std::optional<Progress> decode_progress(ByteView bytes);

}  // namespace moshpit
