// What a study comes to, for a person and for a machine.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "experiment/training/study.hpp"

namespace moshpit {

// The table of all methods, and how Moshpit SGD compares and why.
std::string report_text(const StudyOutcome& outcome);

// `methods`, `speedup_over_best_gossip`, `speedup_over_all_reduce` and the like.
nlohmann::json report_json(const StudyOutcome& outcome);

std::string report_picture(const StudyOutcome& outcome, const std::string& title);

}  // namespace moshpit
