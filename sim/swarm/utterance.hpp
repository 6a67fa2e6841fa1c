// Utterance: what one frame between two simulated peers says, as the product's own decoders read
// it. Who shows a conversation and who strikes a host at a step of the protocol read frames
// alike.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "moshpit/ids.hpp"
#include "wire/chunk.hpp"
#include "wire/directory_messages.hpp"
#include "wire/match_messages.hpp"
#include "wire/net_messages.hpp"
#include "wire/reduce_messages.hpp"
#include "wire/shape_messages.hpp"
#include "wire/train_messages.hpp"

namespace moshpit::sim {

struct Unreadable {};
struct Ping {};
struct Pong {};
struct Farewell {};
// The empty answer: the question was not understood, or there is nothing to give.
struct NoAnswer {};

using Utterance =
    std::variant<Unreadable, Hello, Refusal, Ping, Pong, Farewell, NoAnswer, DirectoryQuestion,
                 DirectoryAnswer, DirectoryChange, MatchQuestion, MatchAnswer, Assembled,
                 Withdrawal, Redirection, Declined, StepBegun, ChunkView, PlanQuestion,
                 OffersQuestion, ManifestQuestion, PieceQuestion, PlanAnswer, StateOffers,
                 StateManifest, StatePiece, ShapeNote, ShapeQuestion, Shape, Whereabouts,
                 DialBackQuestion, DialBackAnswer, ReduceNote>;

// `asked`: the protocol of the question, should the frame be an answer, which does not say it. A
// chunk's values stay in the frame.
Utterance read_utterance(ByteView frame, std::uint8_t asked);

// One word, or a few: "join", "contribution".
std::string_view kind_of(const Utterance& utterance);
// All that there are.
std::vector<std::string> all_kinds();

// Remembers the questions on their way, so that an answer can be read. Told every frame, in order.
class OpenQuestions {
 public:
  // The protocol that read_utterance() wants to know.
  std::uint8_t asked(const PeerId& from, const PeerId& to, ByteView frame);

 private:
  using Key = std::tuple<PeerId, PeerId, std::uint32_t>;  // asker, asked, number
  // Two peers may have two links for a while, each of which counts its questions from 0.
  std::map<Key, std::deque<std::uint8_t>> open_;
};

}  // namespace moshpit::sim
