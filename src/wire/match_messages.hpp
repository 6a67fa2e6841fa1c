// Messages of matchmaking: two questions with one kind of answer, and four one-way notes.
//
// Decoding checks sizes and ranges only; whether an assembled group is one that the receiver may
// join is checked by is_sound(), which needs to know the receiver. Times that cross the wire are
// durations.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "moshpit/ids.hpp"
#include "moshpit/report.hpp"
#include "moshpit/time.hpp"
#include "wire/group.hpp"

namespace moshpit {

struct MatchQuestion {
  enum class Kind : std::uint8_t {
    join = 1,  // may I join your group?
    hail = 2,  // I look for a group too and come before you: ask me
  };
  Kind kind = Kind::join;
  DirectoryKey key;
  RoundTime time;
  std::uint32_t number = 0;     // counts the asker's questions in this search
  std::uint64_t bandwidth = 0;  // of the asker's line, in bytes a second; 0: it does not know

  bool operator==(const MatchQuestion&) const = default;
};

// Numbers are part of the wire format.
enum class MatchReply : std::uint8_t {
  accepted = 1,  // to join: wait for the group, which starts within `remaining`
  noted = 2,     // to hail
  redirect = 3,  // I follow `leader`: ask it
  started = 4,   // my group stands; its `members` look for none any more
  later = 5,  // I do not look for a group under this key yet, or cannot lead one. I know of you now
  elsewhere = 6,  // I will never be under this key
};

struct MatchAnswer {
  MatchReply reply = MatchReply::later;
  Duration remaining{0};
  std::optional<Contact> leader;
  std::vector<PeerId> members;
  RoundTime newest;

  bool operator==(const MatchAnswer&) const = default;
};

struct Assembled {
  DirectoryKey key;
  std::uint64_t nonce = 0;
  Group group;  // without `self`
};

struct Withdrawal {
  DirectoryKey key;
  std::uint32_t number = 0;
};

struct Redirection {
  DirectoryKey key;
  std::uint32_t number = 0;
  std::optional<Contact> leader;
};

struct Declined {
  RoundId round;
};

struct StepBegun {
  std::uint64_t step = 0;
};

using MatchNote = std::variant<Assembled, Withdrawal, Redirection, Declined, StepBegun>;

// round.md, "Identity and time of a round". The members' order counts, and by what they share out
// the vector: their bandwidths, and whether they accept connections.
RoundId round_id(const RunId& run, const DirectoryKey& key, const PeerId& leader,
                 std::uint64_t nonce, const Group& group);

// Whether `assembled`, which came from `leader`, is a group of the run that `receiver` may join:
// its id is right, members are distinct, no digit comes thrice, leader and receiver are members.
bool is_sound(const Assembled& assembled, const RunId& run, const PeerId& leader,
              const PeerId& receiver);

Bytes encode(const MatchQuestion& question);
Bytes encode(const MatchAnswer& answer);
Bytes encode(const MatchNote& note);

std::optional<MatchQuestion> decode_match_question(ByteView bytes);
std::optional<MatchAnswer> decode_match_answer(ByteView bytes);
std::optional<MatchNote> decode_match_note(ByteView bytes);

}  // namespace moshpit
