// Transcript: the conversation of a run, line by line, as somebody who sees every delivered frame
// writes it down. Keeps nothing but what later frames refer to.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "sim/swarm/glossary.hpp"
#include "sim/swarm/utterance.hpp"
#include "sim/world.hpp"

namespace moshpit::sim {

struct Line {
  Time time;
  std::string from;  // "p3"
  std::string to;
  std::string_view kind;
  std::size_t bytes = 0;
  std::string sentence;
};

class Transcript {
 public:
  explicit Transcript(const Grid& grid) : glossary_(grid) {}

  // Peers are named in the order of add_peer(); all others by their ids.
  void add_peer(const PeerId& peer) { glossary_.add_peer(peer); }
  Line write(Time time, const PeerId& from, const PeerId& to, ByteView frame);

  const Glossary& glossary() const { return glossary_; }

 private:
  Glossary glossary_;
  OpenQuestions questions_;
};

}  // namespace moshpit::sim
