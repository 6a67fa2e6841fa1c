// The envelope of every frame after the handshake: the payload, then u32 id (little-endian), u8
// protocol, u8 kind. Fixed and small, because every chunk of a tensor has one, and behind the
// payload, because it is put on and taken off there without moving it. Foreign bytes:
// open_envelope() never asserts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace moshpit {

// Numbers are part of the wire format. 0 ends the frames of the handshake, which have no envelope.
enum class FrameKind : std::uint8_t {
  question = 1,  // id: chosen by the asker, unique on the link in its direction
  answer = 2,    // id: the question's
  message = 3,   // one way
  ping = 4,      // id: comes back in the pong
  pong = 5,
  farewell = 6,  // the sender asks and tells nothing more on this link; it still answers
  moved = 7,     // Whereabouts (net_messages.hpp): what the Hello said of addresses is void
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

// The frame: the payload and the envelope behind it. Whoever reserves envelope_size bytes more than
// its own payload has spares the payload a move.
inline void append_envelope(Bytes& payload, const Envelope& envelope) {
  append_little_endian(payload, envelope.id);
  append_little_endian(payload, envelope.protocol);
  append_little_endian(payload, static_cast<std::uint8_t>(envelope.kind));
}
inline Bytes in_envelope(const Envelope& envelope, Bytes payload) {
  append_envelope(payload, envelope);
  return payload;
}

// Nothing if the frame is too short or of an unknown kind.
inline std::optional<Envelope> open_envelope(ByteView frame) {
  if (frame.size() < envelope_size) return std::nullopt;
  const ByteView envelope = frame.last(envelope_size);
  const auto kind = read_little_endian<std::uint8_t>(envelope.subspan(5));
  if (kind < static_cast<std::uint8_t>(FrameKind::question) ||
      kind > static_cast<std::uint8_t>(FrameKind::moved)) {
    return std::nullopt;
  }
  return Envelope{static_cast<FrameKind>(kind),
                  read_little_endian<std::uint8_t>(envelope.subspan(4)),
                  read_little_endian<std::uint32_t>(envelope)};
}

// Requires: open_envelope() found one.
inline ByteView payload_of(ByteView frame) { return frame.first(frame.size() - envelope_size); }
inline Bytes without_envelope(Bytes frame) {
  frame.resize(frame.size() - envelope_size);
  return frame;
}

}  // namespace moshpit
