// RunSettings: what all peers of a run train, and how. Whoever starts the run chooses them; they
// travel in its plan, and who joins takes them from there.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "moshpit/result.hpp"

namespace moshpit {

struct RunSettings {
  std::string model = "mlp";
  std::uint32_t hidden = 256;     // mlp: units of its hidden layer
  std::string optimizer = "sgd";  // sgd, adam or lamb
  double rate = 0.05;             // the highest of the schedule
  double momentum = 0.9;          // sgd: Nesterov's
  double weight_decay = 0;
  double warm_up = 50;              // optimizer steps of the run until the rate is reached
  std::uint32_t sequence = 128;     // albert: tokens of an example
  std::uint32_t vocabulary = 4000;  // albert: pieces of words

  bool operator==(const RunSettings&) const = default;
};

// One of them: its name, as an option has it, and what it is for.
struct RunSetting {
  std::string name;
  std::variant<std::string RunSettings::*, double RunSettings::*, std::uint32_t RunSettings::*>
      field;
  std::string help;
};
const std::vector<RunSetting>& run_settings();

std::string text_of(const RunSettings& settings, const RunSetting& one);

// A line each, as "rate = 0.05": what RunPlan::settings carries.
std::string to_text(const RunSettings& settings);
// ErrorCode::bad_data with a sentence for what this version does not understand.
Result<RunSettings> run_settings_from(const std::string& text);

// What `asked` names and the run has otherwise: "rate is 0.05 and not 0.1, hidden is 4 and not 8".
// Empty if there is no such thing.
std::string difference(const RunSettings& run, const RunSettings& own,
                       const std::vector<std::string>& asked);

}  // namespace moshpit
