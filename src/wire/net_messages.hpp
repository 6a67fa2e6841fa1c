// The handshake's messages: what the two sides of a new link say before anything else is heard.
// Everything after it has an envelope (envelope.hpp). Decoders take foreign bytes: nothing comes
// back if a size is off.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "moshpit/ids.hpp"

namespace moshpit {

// Of the handshake and of the envelope. Peers of different versions do not talk to each other.
inline constexpr std::uint32_t network_version = 2;

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

using Opening = std::variant<Hello, Refusal>;

Bytes encode(const Hello& hello);
Bytes encode(const Refusal& refusal);

// Of a Hello of another version nothing but the version is read.
std::optional<Opening> decode_opening(ByteView bytes);

}  // namespace moshpit
