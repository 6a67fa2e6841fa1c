#include "wire/chunk.hpp"

#include <algorithm>
#include <bit>

#include "wire/envelope.hpp"

namespace moshpit {

namespace {

std::size_t header_size(ChunkKind kind) {
  return kind == ChunkKind::result ? result_header_size : contribution_header_size;
}

// Member i is bit i % 8 of byte i / 8: the same as 64-bit little-endian words.
void append_members(Bytes& out, const MemberSet& members) {
  constexpr MemberSet word(~std::uint64_t{0});
  for (std::size_t first = 0; first < members.size(); first += 64) {
    append_little_endian(out, std::uint64_t{(members >> first & word).to_ullong()});
  }
}

MemberSet read_members(ByteView bytes) {
  MemberSet members;
  for (std::size_t first = 0; first < members.size(); first += 64) {
    members |= MemberSet(read_little_endian<std::uint64_t>(bytes.subspan(first / 8))) << first;
  }
  return members;
}

template <class Integer>
Integer take(ByteView& bytes) {
  const auto value = read_little_endian<Integer>(bytes);
  bytes = bytes.subspan(sizeof(Integer));
  return value;
}

// Requires: the bytes of a whole header.
ChunkHeader take_header(ByteView& bytes, ChunkKind kind, Codec codec) {
  ChunkHeader header;
  header.kind = kind;
  header.codec = codec;
  bytes = bytes.subspan(4);
  std::copy_n(bytes.begin(), header.round.bytes.size(), header.round.bytes.begin());
  bytes = bytes.subspan(header.round.bytes.size());
  header.ballot.counter = take<std::uint32_t>(bytes);
  header.ballot.member = take<std::uint16_t>(bytes);
  header.chunk = take<std::uint32_t>(bytes);
  header.sender = take<std::uint16_t>(bytes);
  header.weight = std::bit_cast<double>(take<std::uint64_t>(bytes));
  header.elements = take<std::uint32_t>(bytes);
  if (kind == ChunkKind::result) {
    header.contributors = read_members(bytes);
    bytes = bytes.subspan(group_size_limit / 8);
  }
  return header;
}

}  // namespace

Bytes chunk_frame(const ChunkHeader& header, std::size_t value_bytes) {
  Bytes out;
  out.reserve(header_size(header.kind) + value_bytes + envelope_size);
  const auto codec = static_cast<std::uint32_t>(header.codec);
  append_little_endian(out, static_cast<std::uint32_t>(header.kind) | codec << 8);
  append(out, header.round.bytes);
  append_little_endian(out, header.ballot.counter);
  append_little_endian(out, header.ballot.member);
  append_little_endian(out, header.chunk);
  append_little_endian(out, header.sender);
  append_little_endian(out, std::bit_cast<std::uint64_t>(header.weight));
  append_little_endian(out, header.elements);
  if (header.kind == ChunkKind::result) append_members(out, header.contributors);
  return out;
}

std::optional<ChunkView> decode_chunk(ByteView bytes) {
  if (bytes.size() < contribution_header_size) return std::nullopt;
  const auto number = read_little_endian<std::uint32_t>(bytes);
  const std::uint32_t kind_number = number & 0xff;
  const auto codec = codec_numbered(number >> 8);
  if (kind_number != 1 && kind_number != 2) return std::nullopt;
  if (!codec) return std::nullopt;
  const auto kind = static_cast<ChunkKind>(kind_number);
  if (bytes.size() < header_size(kind)) return std::nullopt;
  ChunkView chunk;
  chunk.header = take_header(bytes, kind, *codec);
  chunk.values = bytes;
  return chunk;
}

}  // namespace moshpit
