// What the members of a round say to each other beside its chunks: how they agree on the results
// when one of them is lost (round.md, "Ballots and views"). Decoding believes no length it is told.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "moshpit/report.hpp"
#include "wire/chunk.hpp"

namespace moshpit {

// Chunks of a vector, by their index: whose results a member holds.
using ChunkSet = std::vector<bool>;

// Whoever calls a ballot asks the members of the view what they hold.
struct TakeStock {
  MemberSet view;

  bool operator==(const TakeStock&) const = default;
};

// The answer: the sender accepts nothing of an older ballot from now on.
struct Promise {
  MemberSet view;  // that it has adopted
  ChunkSet held;

  bool operator==(const Promise&) const = default;
};

// Everybody in the view has promised: this is the ballot's view, and what its members hold.
struct Install {
  struct Holding {
    std::uint16_t member = 0;
    ChunkSet held;

    bool operator==(const Holding&) const = default;
  };
  MemberSet view;
  std::vector<Holding> holdings;  // one a member of the view

  bool operator==(const Install&) const = default;
};

// The other answer: who calls the ballot is outside the view of the sender.
struct LeftOut {
  bool operator==(const LeftOut&) const = default;
};

// Of a member that waits, and has sent nothing else for a while.
struct Alive {
  bool operator==(const Alive&) const = default;
};

struct ReduceNote {
  RoundId round;
  Ballot ballot;
  std::variant<TakeStock, Promise, Install, LeftOut, Alive> content;

  bool operator==(const ReduceNote&) const = default;
};

Bytes encode(const ReduceNote& note);

// Whether these bytes are meant to be a note, and not a chunk.
bool is_reduce_note(ByteView bytes);

// Nothing if the bytes are no note. `chunks`: of the vector; a set of any other size is nothing.
// Who only looks on does not know how many there are, and reads as many as there may be.
std::optional<ReduceNote> decode_reduce_note(ByteView bytes, std::optional<std::size_t> chunks);
// The round that a note or a chunk belongs to; nothing if it is neither.
std::optional<RoundId> round_of(ByteView bytes);

}  // namespace moshpit
