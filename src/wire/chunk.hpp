// A chunk on the wire: a fixed header, then its values as a codec writes them. No copy of the
// tensor is parsed or generated.
//
// A contribution carries a member's values and weight to the chunk's owner, a result carries the
// mean back. Decoding believes no length it is told; how long the values of a codec are is for
// whoever knows the codec to check.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "moshpit/codec.hpp"
#include "moshpit/ids.hpp"
#include "moshpit/report.hpp"

namespace moshpit {

enum class ChunkKind : std::uint8_t { contribution = 1, result = 2 };

// Which attempt of a round a chunk belongs to (round.md, "Ballots and views").
struct Ballot {
  std::uint32_t counter = 0;
  std::uint16_t member = 0;

  auto operator<=>(const Ballot&) const = default;
};

struct ChunkHeader {
  ChunkKind kind = ChunkKind::contribution;
  Codec codec = Codec::fp32;
  RoundId round;
  Ballot ballot;
  std::uint32_t chunk = 0;
  std::uint16_t sender = 0;  // index in the member list
  double weight = 0;  // of the sender's values; in a result, the mean weight of its contributors
  std::uint32_t elements = 0;
  MemberSet contributors;  // in a result only

  bool operator==(const ChunkHeader&) const = default;
};

// kind, codec, 2 zero bytes (so that values start at a multiple of 4), round, ballot, chunk,
// sender, weight, element count.
inline constexpr std::size_t contribution_header_size = 4 + 32 + 4 + 2 + 4 + 2 + 8 + 4;
inline constexpr std::size_t result_header_size = contribution_header_size + group_size_limit / 8;

// A decoded frame: its encoded values are still where they arrived, and need not be aligned.
struct ChunkView {
  ChunkHeader header;
  ByteView values;
};

// The beginning of a frame, with memory for so many bytes of encoded values behind it.
Bytes chunk_frame(const ChunkHeader& header, std::size_t value_bytes);

// Nothing if the bytes are no chunk. A header that is well-formed may still be wrong for the round.
std::optional<ChunkView> decode_chunk(ByteView bytes);

}  // namespace moshpit
