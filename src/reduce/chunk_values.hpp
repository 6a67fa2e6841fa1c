// The values of a chunk in and out of its frame. Pure.
#pragma once

#include <algorithm>
#include <span>

#include "base/bytes.hpp"
#include "codec/codec.hpp"
#include "wire/chunk.hpp"

namespace moshpit {

// By the header's codec; its number of elements is filled in. What is not finite is sent so that
// everybody sees it: as it is, or as values of which none is.
inline Bytes encode_chunk(ChunkHeader header, std::span<const float> values) {
  header.elements = static_cast<std::uint32_t>(values.size());
  const std::size_t bytes = encoded_size(header.codec, values.size());
  Bytes frame = chunk_frame(header, bytes);
  if (header.codec == Codec::fp32) {
    append(frame, std::as_bytes(values));
    return frame;
  }
  frame.resize(frame.size() + bytes);
  const auto encoded = std::span(frame).last(bytes);
  if (all_finite(Codec::fp32, std::as_bytes(values), values.size())) {
    encode(header.codec, values, encoded);
  } else {
    std::ranges::fill(encoded, std::byte{0xff});
  }
  return frame;
}

// Whether there are as many bytes as its elements need.
inline bool is_whole(const ChunkView& chunk) {
  return chunk.values.size() == encoded_size(chunk.header.codec, chunk.header.elements);
}

// Requires: is_whole(), and room for all elements.
inline void decode_values(const ChunkView& chunk, std::span<float> out) {
  decode(chunk.header.codec, chunk.values, chunk.header.elements, 0, out);
}

}  // namespace moshpit
