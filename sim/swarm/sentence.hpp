// A frame as a sentence for a person. Pure.
#pragma once

#include <string>

#include "sim/swarm/glossary.hpp"
#include "sim/swarm/utterance.hpp"

namespace moshpit::sim {

std::string sentence_of(const Utterance& utterance, const Glossary& glossary);

}  // namespace moshpit::sim
