#include "wire/reduce_messages.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "reduce.pb.h"
#include "wire/common.hpp"

namespace moshpit {
namespace {

// Where a chunk has its kind.
constexpr std::uint32_t mark = 3;

template <class Set>
std::string bits_of(const Set& set) {
  std::string bytes((set.size() + 7) / 8, '\0');
  for (std::size_t i = 0; i < set.size(); ++i) {
    if (set[i]) bytes[i / 8] = static_cast<char>(bytes[i / 8] | 1 << (i % 8));
  }
  return bytes;
}

// False if there are more bytes or fewer than the set has, or a bit beyond its end.
template <class Set>
bool read_bits(const std::string& bytes, Set& set) {
  if (bytes.size() != (set.size() + 7) / 8) return false;
  for (std::size_t i = 0; i < 8 * bytes.size(); ++i) {
    const bool bit = (static_cast<unsigned char>(bytes[i / 8]) >> (i % 8) & 1) != 0;
    if (i < set.size()) set[i] = bit;
    if (i >= set.size() && bit) return false;
  }
  return true;
}

void put(const TakeStock& take, wire::ReduceNote& out) {
  out.mutable_take_stock()->set_view(bits_of(take.view));
}

void put(const Promise& promise, wire::ReduceNote& out) {
  out.mutable_promise()->set_view(bits_of(promise.view));
  out.mutable_promise()->set_held(bits_of(promise.held));
}

void put(const Install& install, wire::ReduceNote& out) {
  wire::Install& message = *out.mutable_install();
  message.set_view(bits_of(install.view));
  for (const Install::Holding& holding : install.holdings) {
    wire::Holding& part = *message.add_holdings();
    part.set_member(holding.member);
    part.set_held(bits_of(holding.held));
  }
}

void put(const LeftOut&, wire::ReduceNote& out) { out.mutable_left_out(); }
void put(const Alive&, wire::ReduceNote& out) { out.mutable_alive(); }

std::optional<ChunkSet> chunks_from_wire(const std::string& bytes,
                                         std::optional<std::size_t> chunks) {
  ChunkSet set(chunks.value_or(8 * bytes.size()));
  if (!read_bits(bytes, set)) return std::nullopt;
  return set;
}

std::optional<TakeStock> from_wire(const wire::TakeStock& message) {
  TakeStock take;
  if (!read_bits(message.view(), take.view)) return std::nullopt;
  return take;
}

std::optional<Promise> from_wire(const wire::Promise& message, std::optional<std::size_t> chunks) {
  MemberSet view;
  if (!read_bits(message.view(), view)) return std::nullopt;
  auto held = chunks_from_wire(message.held(), chunks);
  if (!held) return std::nullopt;
  return Promise{view, *std::move(held)};
}

std::optional<Install> from_wire(const wire::Install& message, std::optional<std::size_t> chunks) {
  Install install;
  if (!read_bits(message.view(), install.view)) return std::nullopt;
  MemberSet holders;
  for (const wire::Holding& part : message.holdings()) {
    if (part.member() >= group_size_limit || holders[part.member()]) return std::nullopt;
    holders.set(part.member());
    auto held = chunks_from_wire(part.held(), chunks);
    if (!held) return std::nullopt;
    install.holdings.push_back({static_cast<std::uint16_t>(part.member()), *std::move(held)});
  }
  if (holders != install.view) return std::nullopt;
  return install;
}

// Fills in the content; false if it is malformed.
template <class Content>
bool take(std::optional<Content> content, ReduceNote& note) {
  if (!content) return false;
  note.content = *std::move(content);
  return true;
}

bool take_content(const wire::ReduceNote& message, std::optional<std::size_t> chunks,
                  ReduceNote& note) {
  switch (message.note_case()) {
    case wire::ReduceNote::kTakeStock:
      return take(from_wire(message.take_stock()), note);
    case wire::ReduceNote::kPromise:
      return take(from_wire(message.promise(), chunks), note);
    case wire::ReduceNote::kInstall:
      return take(from_wire(message.install(), chunks), note);
    case wire::ReduceNote::kLeftOut:
      return take(std::optional(LeftOut()), note);
    case wire::ReduceNote::kAlive:
      return take(std::optional(Alive()), note);
    case wire::ReduceNote::NOTE_NOT_SET:
      return false;
  }
  return false;
}

}  // namespace

Bytes encode(const ReduceNote& note) {
  wire::ReduceNote message;
  message.set_round(to_wire(note.round));
  message.set_ballot_counter(note.ballot.counter);
  message.set_ballot_member(note.ballot.member);
  std::visit([&](const auto& content) { put(content, message); }, note.content);
  Bytes out;
  append_little_endian(out, mark);
  append(out, serialise(message));
  return out;
}

bool is_reduce_note(ByteView bytes) {
  return bytes.size() >= sizeof mark && read_little_endian<std::uint32_t>(bytes) == mark;
}

std::optional<ReduceNote> decode_reduce_note(ByteView bytes, std::optional<std::size_t> chunks) {
  wire::ReduceNote message;
  if (!is_reduce_note(bytes) || !parse(message, bytes.subspan(sizeof mark))) return std::nullopt;
  const auto round = id_from_wire<RoundId>(message.round());
  if (!round || message.ballot_member() >= group_size_limit) return std::nullopt;
  ReduceNote note;
  note.round = *round;
  note.ballot.counter = message.ballot_counter();
  note.ballot.member = static_cast<std::uint16_t>(message.ballot_member());
  if (!take_content(message, chunks, note)) return std::nullopt;
  return note;
}

std::optional<RoundId> round_of(ByteView bytes) {
  if (!is_reduce_note(bytes)) {
    const auto chunk = decode_chunk(bytes);
    return chunk ? std::optional(chunk->header.round) : std::nullopt;
  }
  wire::ReduceNote message;
  if (!parse(message, bytes.subspan(sizeof mark))) return std::nullopt;
  return id_from_wire<RoundId>(message.round());
}

}  // namespace moshpit
