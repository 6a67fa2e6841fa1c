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
#include "wire/shape.hpp"

namespace moshpit {

struct PlanQuestion {};

struct StateQuestion {
  std::optional<Digest>
      digest;                // of the state a piece of which was seen before; otherwise the newest
  std::uint64_t offset = 0;  // in elements
};

using TrainQuestion = std::variant<PlanQuestion, StateQuestion>;

struct PlanAnswer {
  RunPlan plan;
  std::uint64_t clock = 0;
  std::vector<Shape> shapes;  // those that count from now on, if the grid follows the peers
};

struct StatePiece {
  Digest digest{};
  std::uint64_t step = 0;
  std::uint64_t elements = 0;
  std::uint64_t offset = 0;
  std::vector<float> values;
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
Bytes encode(const StatePiece& piece);
Bytes encode(const Progress& progress);

std::optional<TrainQuestion> decode_train_question(ByteView bytes);
std::optional<PlanAnswer> decode_plan_answer(ByteView bytes);
std::optional<StatePiece> decode_state_piece(ByteView bytes);
std::optional<Progress> decode_progress(ByteView bytes);

}  // namespace moshpit
