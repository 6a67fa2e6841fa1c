#include "sim/swarm/utterance.hpp"

#include <optional>
#include <utility>

#include "net/network.hpp"
#include "wire/envelope.hpp"

namespace moshpit::sim {
namespace {

template <class Message>
Utterance or_unreadable(std::optional<Message> message) {
  if (!message) return Unreadable{};
  return *std::move(message);
}

template <class... Messages>
Utterance or_unreadable(std::optional<std::variant<Messages...>> message) {
  if (!message) return Unreadable{};
  return std::visit([](auto& content) { return Utterance(std::move(content)); }, *message);
}

Utterance read_question(Protocol protocol, ByteView payload) {
  switch (protocol) {
    case Protocol::directory:
      return or_unreadable(decode_directory_question(payload));
    case Protocol::match:
      return or_unreadable(decode_match_question(payload));
    case Protocol::train:
      return or_unreadable(decode_train_question(payload));
    case Protocol::shape:
      return or_unreadable(decode_shape_question(payload));
    case Protocol::dial_back:
      return or_unreadable(decode_dial_back_question(payload));
    case Protocol::reduce:
      break;
  }
  return Unreadable{};
}

Utterance read_train_answer(ByteView payload) {
  if (auto piece = decode_state_piece(to_bytes(payload))) return *std::move(piece);
  if (auto manifest = decode_state_manifest(payload)) return *std::move(manifest);
  if (auto plan = decode_plan_answer(payload)) return *std::move(plan);
  return or_unreadable(decode_state_offers(payload));
}

Utterance read_answer(Protocol protocol, ByteView payload) {
  // Of the directory it is an answer: nothing that the asker does not know.
  if (payload.empty() && protocol != Protocol::directory) return NoAnswer{};
  switch (protocol) {
    case Protocol::directory:
      return or_unreadable(decode_directory_answer(payload));
    case Protocol::match:
      return or_unreadable(decode_match_answer(payload));
    case Protocol::train:
      return read_train_answer(payload);
    case Protocol::shape:
      return or_unreadable(decode_shape(payload));
    case Protocol::dial_back:
      return or_unreadable(decode_dial_back_answer(payload));
    case Protocol::reduce:
      break;
  }
  return Unreadable{};
}

Utterance read_message(Protocol protocol, ByteView payload) {
  switch (protocol) {
    case Protocol::directory:
      return or_unreadable(decode_directory_change(payload));
    case Protocol::match:
      return or_unreadable(decode_match_note(payload));
    case Protocol::reduce:
      if (is_reduce_note(payload)) return or_unreadable(decode_reduce_note(payload, std::nullopt));
      return or_unreadable(decode_chunk(payload));
    case Protocol::shape:
      return or_unreadable(decode_shape_note(payload));
    case Protocol::train:
    case Protocol::dial_back:
      break;
  }
  return Unreadable{};
}

// By the index in the variant; empty: the message itself has several.
constexpr std::string_view kinds[] = {"unreadable",
                                      "hello",
                                      "refusal",
                                      "ping",
                                      "pong",
                                      "farewell",
                                      "no answer",
                                      "look-up",
                                      "directory",
                                      "change",
                                      "",
                                      "match answer",
                                      "assembled",
                                      "withdrawal",
                                      "redirection",
                                      "declined",
                                      "step begun",
                                      "",
                                      "plan question",
                                      "offers question",
                                      "manifest question",
                                      "piece question",
                                      "plan",
                                      "offers",
                                      "manifest",
                                      "piece",
                                      "shape note",
                                      "shape question",
                                      "shape",
                                      "whereabouts",
                                      "dial back",
                                      "dialled back",
                                      ""};
static_assert(std::size(kinds) == std::variant_size_v<Utterance>);

constexpr std::string_view reduce_kinds[] = {"take stock", "promise", "install", "left out",
                                             "alive"};
static_assert(std::size(reduce_kinds) == std::variant_size_v<decltype(ReduceNote::content)>);

}  // namespace

// The first frame of each side of a link is an opening, which looks like no envelope.
Utterance read_utterance(ByteView frame, std::uint8_t asked) {
  const auto envelope = open_envelope(frame);
  if (!envelope) return or_unreadable(decode_opening(frame));
  const ByteView payload = payload_of(frame);
  switch (envelope->kind) {
    case FrameKind::question:
      return read_question(static_cast<Protocol>(envelope->protocol), payload);
    case FrameKind::answer:
      return read_answer(static_cast<Protocol>(asked), payload);
    case FrameKind::message:
      return read_message(static_cast<Protocol>(envelope->protocol), payload);
    case FrameKind::ping:
      return Ping{};
    case FrameKind::pong:
      return Pong{};
    case FrameKind::farewell:
      return Farewell{};
    case FrameKind::moved:
      return or_unreadable(decode_whereabouts(payload));
  }
  return Unreadable{};
}

std::string_view kind_of(const Utterance& utterance) {
  if (const auto* chunk = std::get_if<ChunkView>(&utterance)) {
    return chunk->header.kind == ChunkKind::result ? "result" : "contribution";
  }
  if (const auto* question = std::get_if<MatchQuestion>(&utterance)) {
    return question->kind == MatchQuestion::Kind::hail ? "hail" : "join";
  }
  if (const auto* note = std::get_if<ReduceNote>(&utterance)) {
    return reduce_kinds[note->content.index()];
  }
  return kinds[utterance.index()];
}

std::vector<std::string> all_kinds() {
  std::vector<std::string> all{"join", "hail", "contribution", "result"};
  for (const std::string_view kind : reduce_kinds) all.emplace_back(kind);
  for (const std::string_view kind : kinds) {
    if (!kind.empty()) all.emplace_back(kind);
  }
  return all;
}

std::uint8_t OpenQuestions::asked(const PeerId& from, const PeerId& to, ByteView frame) {
  const auto envelope = open_envelope(frame);
  if (!envelope) return 0;
  if (envelope->kind == FrameKind::question) {
    open_[{from, to, envelope->id}].push_back(envelope->protocol);
  }
  if (envelope->kind != FrameKind::answer) return 0;
  const auto found = open_.find({to, from, envelope->id});
  if (found == open_.end()) return 0;
  const std::uint8_t protocol = found->second.front();
  found->second.pop_front();
  if (found->second.empty()) open_.erase(found);
  return protocol;
}

}  // namespace moshpit::sim
