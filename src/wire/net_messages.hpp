// The handshake's messages: what the two sides of a new link say before anything else is heard; and
// what a peer says and asks about its own addresses later. Everything after the handshake has an
// envelope (envelope.hpp). Decoders take foreign bytes: nothing comes back if a size is off.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "moshpit/ids.hpp"
#include "moshpit/time.hpp"

namespace moshpit {

// Of the handshake and of the envelope. Peers of different versions do not talk to each other.
inline constexpr std::uint32_t network_version = 3;

struct Hello {
  std::uint32_t version = network_version;
  RunId run;
  Digest proof{};
  Contact sender;
  bool outbound_only = false;
  std::uint64_t incarnation = 0;
  std::uint64_t dial_number = 0;
};

enum class RefusalReason : std::uint8_t { wrong_version = 1, not_a_member = 2 };

struct Refusal {
  RefusalReason reason = RefusalReason::not_a_member;
  std::uint32_t version = network_version;  // the refusing side's
};

// Where the sender is to be dialled from now on; no addresses: nowhere.
struct Whereabouts {
  std::vector<Address> addresses;
};

struct DialBackQuestion {
  std::vector<Address> addresses;
  Duration patience{0};  // on the wire in milliseconds
};

struct DialBackAnswer {
  bool reached = false;
};

using Opening = std::variant<Hello, Refusal>;

Bytes encode(const Hello& hello);
Bytes encode(const Refusal& refusal);
// Of addresses, as of those in a Hello, only the first eight are told.
Bytes encode(const Whereabouts& whereabouts);
Bytes encode(const DialBackQuestion& question);
Bytes encode(const DialBackAnswer& answer);

// Of a Hello of another version nothing but the version is read.
std::optional<Opening> decode_opening(ByteView bytes);
std::optional<Whereabouts> decode_whereabouts(ByteView bytes);
std::optional<DialBackQuestion> decode_dial_back_question(ByteView bytes);
std::optional<DialBackAnswer> decode_dial_back_answer(ByteView bytes);

}  // namespace moshpit
