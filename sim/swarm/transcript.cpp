#include "sim/swarm/transcript.hpp"

#include "sim/swarm/sentence.hpp"

namespace moshpit::sim {

Line Transcript::write(Time time, const PeerId& from, const PeerId& to, ByteView frame) {
  const std::uint8_t asked = questions_.asked(from, to, frame);
  const Utterance utterance = read_utterance(frame, asked);
  glossary_.learn(utterance);
  return {time,
          glossary_.peer(from),
          glossary_.peer(to),
          kind_of(utterance),
          frame.size(),
          sentence_of(utterance, glossary_)};
}

}  // namespace moshpit::sim
