// The option that chooses how a run trains, the same for whatever trains.
#pragma once

#include <CLI/App.hpp>
#include <string>

#include "moshpit/run_plan.hpp"

namespace moshpit {

inline TrainingMode mode_named(const std::string& name) {
  if (name == "collective") return TrainingMode::collective;
  return name == "outer" ? TrainingMode::outer : TrainingMode::moshpit_sgd;
}

inline void declare_mode(CLI::App& command, TrainingMode& mode) {
  command
      .add_option_function<std::string>(
          "--mode", [&mode](const std::string& name) { mode = mode_named(name); },
          "How the peers train: local steps and averaged parameters (moshpit-sgd), gradients of "
          "one large batch (collective), local steps and an outer optimizer (outer)")
      ->default_str("moshpit-sgd")
      ->check(CLI::IsMember({"moshpit-sgd", "collective", "outer"}));
}

}  // namespace moshpit
