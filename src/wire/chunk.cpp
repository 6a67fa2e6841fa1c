#include "wire/chunk.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace moshpit {

// Values are copied as they lie in memory. A machine of the other byte order needs a swap here
// first.
static_assert(std::endian::native == std::endian::little);

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
ChunkHeader take_header(ByteView& bytes, ChunkKind kind, std::uint32_t& elements) {
  ChunkHeader header;
  header.kind = kind;
  bytes = bytes.subspan(4);
  std::copy_n(bytes.begin(), header.round.bytes.size(), header.round.bytes.begin());
  bytes = bytes.subspan(header.round.bytes.size());
  header.ballot.counter = take<std::uint32_t>(bytes);
  header.ballot.member = take<std::uint16_t>(bytes);
  header.chunk = take<std::uint32_t>(bytes);
  header.sender = take<std::uint16_t>(bytes);
  header.weight = std::bit_cast<double>(take<std::uint64_t>(bytes));
  elements = take<std::uint32_t>(bytes);
  if (kind == ChunkKind::result) {
    header.contributors = read_members(bytes);
    bytes = bytes.subspan(group_size_limit / 8);
  }
  return header;
}

}  // namespace

Bytes encode_chunk(const ChunkHeader& header, std::span<const float> values) {
  Bytes out;
  out.reserve(header_size(header.kind) + values.size_bytes());
  append_little_endian(out, static_cast<std::uint32_t>(header.kind));
  append(out, header.round.bytes);
  append_little_endian(out, header.ballot.counter);
  append_little_endian(out, header.ballot.member);
  append_little_endian(out, header.chunk);
  append_little_endian(out, header.sender);
  append_little_endian(out, std::bit_cast<std::uint64_t>(header.weight));
  append_little_endian(out, static_cast<std::uint32_t>(values.size()));
  if (header.kind == ChunkKind::result) append_members(out, header.contributors);
  append(out, std::as_bytes(values));
  return out;
}

std::optional<ChunkView> decode_chunk(ByteView bytes) {
  if (bytes.size() < contribution_header_size) return std::nullopt;
  const auto number = read_little_endian<std::uint32_t>(bytes);
  const auto kind = static_cast<ChunkKind>(number);
  if (number != 1 && number != 2) return std::nullopt;
  if (bytes.size() < header_size(kind)) return std::nullopt;
  std::uint32_t elements = 0;
  ChunkView chunk;
  chunk.header = take_header(bytes, kind, elements);
  chunk.values = bytes;
  const std::uint64_t claimed = std::uint64_t{elements} * sizeof(float);
  if (chunk.values.size() != claimed) return std::nullopt;
  return chunk;
}

void copy_values(ByteView values, std::size_t first, std::span<float> out) {
  if (out.empty()) return;
  std::memcpy(out.data(), values.data() + first * sizeof(float), out.size_bytes());
}

bool all_finite(ByteView values) {
  // All exponent bits set is infinity or NaN. No early exit within a block, so that the compiler
  // can use vectors.
  constexpr std::uint32_t exponent = 0x7f800000u;
  std::array<std::uint32_t, 256> block;
  while (!values.empty()) {
    const std::size_t count = std::min(block.size(), values.size() / sizeof(float));
    if (count == 0) return true;
    std::memcpy(block.data(), values.data(), count * sizeof(float));
    unsigned found = 0;
    for (std::size_t i = 0; i < count; ++i) found |= (block[i] & exponent) == exponent;
    if (found != 0) return false;
    values = values.subspan(count * sizeof(float));
  }
  return true;
}

}  // namespace moshpit
