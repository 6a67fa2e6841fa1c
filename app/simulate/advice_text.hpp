// What `moshpit simulate advise` says to a person.
//
// Requires of all: the candidates are ranked, at least one of them, and the first one comes to the
// target.
#pragma once

#include <string>
#include <vector>

#include "experiment/advice.hpp"

namespace moshpit {

// What to take, in a sentence.
std::string advice_sentence(const Advised& best);

// A line each.
std::string advice_table(const std::vector<Advised>& ranked);

// Why, a point of a list each.
std::vector<std::string> advice_reasons(const AdvicePlan& plan, const std::vector<Advised>& ranked);

}  // namespace moshpit
