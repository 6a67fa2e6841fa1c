// The envelope in front of every frame after the handshake: u8 kind, u8 protocol, u32 id
// (little-endian), then the payload. Fixed and small, because it stands before every chunk of a
// tensor. Foreign bytes: open_envelope() never asserts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace moshpit {

// Numbers are part of the wire format.
enum class FrameKind : std::uint8_t {
  question = 1,  // id: chosen by the asker, unique on the link in its direction
  answer = 2,    // id: the question's
  message = 3,   // one way
  ping = 4,      // id: comes back in the pong
  pong = 5,
  farewell = 6,  // the sender asks and tells nothing more on this link; it still answers
};

struct Envelope {
  FrameKind kind = FrameKind::message;
  std::uint8_t protocol = 0;
  std::uint32_t id = 0;

  bool operator==(const Envelope&) const = default;
};

inline constexpr std::size_t envelope_size = 6;

// The longest payload: the largest chunk of a tensor, or a part of a catch-up download, with room
// to spare; and little enough that 128 links at once do not fill a small machine.
inline constexpr std::size_t message_limit = 4 * 1024 * 1024;

// The frame: the envelope and the payload behind it.
inline Bytes in_envelope(const Envelope& envelope, ByteView payload) {
  Bytes frame;
  frame.reserve(envelope_size + payload.size());
  append_little_endian(frame, static_cast<std::uint8_t>(envelope.kind));
  append_little_endian(frame, envelope.protocol);
  append_little_endian(frame, envelope.id);
  append(frame, payload);
  return frame;
}

// Nothing if the frame is too short or of an unknown kind. The payload is what follows
// envelope_size bytes.
inline std::optional<Envelope> open_envelope(ByteView frame) {
  if (frame.size() < envelope_size) return std::nullopt;
  const auto kind = read_little_endian<std::uint8_t>(frame);
  if (kind < static_cast<std::uint8_t>(FrameKind::question) ||
      kind > static_cast<std::uint8_t>(FrameKind::farewell)) {
    return std::nullopt;
  }
  return Envelope{static_cast<FrameKind>(kind), read_little_endian<std::uint8_t>(frame.subspan(1)),
                  read_little_endian<std::uint32_t>(frame.subspan(2))};
}

}  // namespace moshpit
