// What `moshpit run` is told.
#pragma once

#include <CLI/App.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "app/participation.hpp"

namespace moshpit {

struct RunOptions {
  ParticipationOptions participation;
  std::string grid;
  std::uint32_t expect = 8;
  std::uint32_t group = 16;
  std::uint32_t rounds = 0;
  std::uint64_t steps = 4000;
  TrainingMode mode = TrainingMode::moshpit_sgd;
  std::uint32_t period = 16;
  double period_seconds = 0;
  std::optional<std::uint32_t> overlap;
  double target_batch = 1024;
  std::uint32_t state_every = 16;
  double outer_rate = 0.7;
  double outer_momentum = 0.9;
  std::uint64_t seed = 1;
  Codec codec = Codec::fp32;
  Codec state_codec = Codec::fp32;
  std::string resume;
  std::string file;  // that settings were read from (layers.hpp)
  const CLI::App* command = nullptr;
};

void declare_run_options(CLI::App& command, RunOptions& options);

}  // namespace moshpit
