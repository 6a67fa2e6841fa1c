#include "wire/net_messages.hpp"

#include "net.pb.h"
#include "wire/common.hpp"

namespace moshpit {
namespace {

// Where an envelope would end (envelope.hpp).
constexpr std::byte no_kind{0};
constexpr std::uint32_t longest_patience_ms = 60'000;  // more is nonsense from the network

Bytes ended(Bytes opening) {
  opening.push_back(no_kind);
  return opening;
}

std::optional<Opening> read(const wire::Hello& message) {
  Hello hello;
  hello.version = message.version();
  if (hello.version != network_version) return hello;
  const auto run = id_from_wire<RunId>(message.run());
  auto sender = contact_from_wire(message.sender());
  if (!run || !sender || message.proof().size() != hello.proof.size()) return std::nullopt;
  hello.run = *run;
  std::memcpy(hello.proof.data(), message.proof().data(), hello.proof.size());
  hello.sender = *std::move(sender);
  hello.outbound_only = message.outbound_only();
  hello.incarnation = message.incarnation();
  hello.dial_number = message.dial_number();
  return hello;
}

std::optional<Opening> read(const wire::Refusal& message) {
  switch (message.reason()) {
    case wire::Refusal::WRONG_VERSION:
      return Refusal{RefusalReason::wrong_version, message.version()};
    case wire::Refusal::NOT_A_MEMBER:
      return Refusal{RefusalReason::not_a_member, message.version()};
    default:
      return std::nullopt;
  }
}

}  // namespace

Bytes encode(const Hello& hello) {
  wire::Opening opening;
  wire::Hello& message = *opening.mutable_hello();
  message.set_version(hello.version);
  message.set_run(to_wire(hello.run));
  message.set_proof(std::string(as_text(hello.proof)));
  to_wire(hello.sender, *message.mutable_sender());
  message.set_outbound_only(hello.outbound_only);
  message.set_incarnation(hello.incarnation);
  message.set_dial_number(hello.dial_number);
  return ended(serialise(opening));
}

Bytes encode(const Refusal& refusal) {
  wire::Opening opening;
  wire::Refusal& message = *opening.mutable_refusal();
  message.set_reason(refusal.reason == RefusalReason::wrong_version ? wire::Refusal::WRONG_VERSION
                                                                    : wire::Refusal::NOT_A_MEMBER);
  message.set_version(refusal.version);
  return ended(serialise(opening));
}

Bytes encode(const Whereabouts& whereabouts) {
  wire::Whereabouts message;
  to_wire(whereabouts.addresses, *message.mutable_addresses());
  return serialise(message);
}

Bytes encode(const DialBackQuestion& question) {
  wire::DialBackQuestion message;
  to_wire(question.addresses, *message.mutable_addresses());
  message.set_milliseconds(
      static_cast<std::uint32_t>(question.patience / std::chrono::milliseconds(1)));
  return serialise(message);
}

Bytes encode(const DialBackAnswer& answer) {
  wire::DialBackAnswer message;
  message.set_outcome(answer.reached ? wire::DialBackAnswer::REACHED
                                     : wire::DialBackAnswer::NOT_REACHED);
  return serialise(message);
}

std::optional<Whereabouts> decode_whereabouts(ByteView bytes) {
  wire::Whereabouts message;
  if (!parse(message, bytes)) return std::nullopt;
  auto addresses = addresses_from_wire(message.addresses());
  if (!addresses) return std::nullopt;
  return Whereabouts{*std::move(addresses)};
}

std::optional<DialBackQuestion> decode_dial_back_question(ByteView bytes) {
  wire::DialBackQuestion message;
  if (!parse(message, bytes) || message.milliseconds() > longest_patience_ms) return std::nullopt;
  auto addresses = addresses_from_wire(message.addresses());
  if (!addresses) return std::nullopt;
  return DialBackQuestion{*std::move(addresses), std::chrono::milliseconds(message.milliseconds())};
}

std::optional<DialBackAnswer> decode_dial_back_answer(ByteView bytes) {
  wire::DialBackAnswer message;
  if (!parse(message, bytes)) return std::nullopt;
  const bool reached = message.outcome() == wire::DialBackAnswer::REACHED;
  if (!reached && message.outcome() != wire::DialBackAnswer::NOT_REACHED) return std::nullopt;
  return DialBackAnswer{reached};
}

std::optional<Opening> decode_opening(ByteView bytes) {
  wire::Opening opening;
  if (bytes.empty() || bytes.back() != no_kind) return std::nullopt;
  if (!parse(opening, bytes.first(bytes.size() - 1))) return std::nullopt;
  if (opening.has_hello()) return read(opening.hello());
  if (opening.has_refusal()) return read(opening.refusal());
  return std::nullopt;
}

}  // namespace moshpit
