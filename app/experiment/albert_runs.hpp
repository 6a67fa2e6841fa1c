// The runs of the ALBERT experiment: two at a time, and those that were finished before are not
// made again.
#pragma once

#include <optional>
#include <string>

#include "app/experiment/keyed_lines.hpp"
#include "app/interrupt.hpp"
#include "app/output.hpp"
#include "experiment/albert/albert_comparison.hpp"
#include "experiment/albert/swarm_run.hpp"

namespace moshpit {

// Overlapped, it goes on beside an averaging step; at most this many batches do, which is more than
// any device makes meanwhile.
inline constexpr std::uint32_t whole_overlap = 1000;

struct AlbertOutcomes {
  LossCurve alone;
  SwarmOutcome overlapped;
  SwarmOutcome waiting;
  SwarmOutcome slower;  // overlapped, devices at slower_speed
  SwarmOutcome faster;
};
inline constexpr double slower_speed = 0.75;
inline constexpr double faster_speed = 1.25;

struct AlbertSetting {
  const Fleet& fleet;
  const std::vector<Absence>& absences;
  const Lesson& lesson;
  std::string name;  // of model, text and lesson: runs with another one are other runs
};

// `source` is asked for only if a run is missing. Nothing if it was interrupted.
Result<std::optional<AlbertOutcomes>> make_albert_runs(
    const AlbertSetting& setting, const std::function<Result<LearnerSource>()>& source,
    KeyedLines& kept, const Output& output, const Interrupt& interrupt);

}  // namespace moshpit
