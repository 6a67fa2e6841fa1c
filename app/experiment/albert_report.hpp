// What the ALBERT experiment comes to, for a person and for a machine.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "app/experiment/albert_runs.hpp"
#include "experiment/albert/albert_comparison.hpp"

namespace moshpit {

struct AlbertFindings {
  AlbertComparison comparison;
  SwarmOutcome overlapped;
  SwarmOutcome waiting;
};

AlbertFindings find_out(const AlbertOutcomes& outcomes, const Fleet& fleet,
                        const std::vector<Absence>& absences, const Lesson& lesson);

// The table, and how the peers compare with the machine and why.
std::string albert_text(const AlbertFindings& found);

// `speedup`, `cost_ratio`, `methods`, `other_speeds` and the like; null where a loss was not
// reached.
nlohmann::json albert_json(const AlbertFindings& found);

std::string albert_picture(const AlbertFindings& found, const std::string& title);

}  // namespace moshpit
