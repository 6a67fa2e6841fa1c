// What `moshpit run` and `moshpit join` have in common: the options of a peer that takes part, and
// taking part.
#pragma once

#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "app/averaging_check.hpp"
#include "app/training.hpp"
#include "moshpit/moshpit.hpp"

namespace moshpit {

struct ParticipationOptions {
  PeerOptions peer;
  TrainingOptions training;
  RunSettings settings;  // of whoever starts the run; of others, what they take for granted
  AveragingCheckOptions check;
  bool json = false;
};

// The option with which a run or a bench limits its peers.
void declare_bandwidth_limit(CLI::App& command, BandwidthLimit& limit,
                             const std::string& name = "--bandwidth-limit",
                             const std::string& whose = "a peer");
void declare_participation(CLI::App& command, ParticipationOptions& options);

// The names of the run's settings that somebody gave: as options, in a file or in the environment.
std::vector<std::string> settings_given(const CLI::App& command);

// Prints how to join, then trains (or, without a learner, checks averaging) until the run is over.
// Returns the program's exit code.
int take_part(Peer& peer, const Assignment& assignment, const ParticipationOptions& options,
              const Output& output, const Interrupt& interrupt);

}  // namespace moshpit
