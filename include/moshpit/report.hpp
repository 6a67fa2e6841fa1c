// What a round and an averaging step did: the data in which a failed peer appears. DESIGN: a
// failure is data, not an error.
#pragma once

#include <bitset>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "moshpit/grid.hpp"
#include "moshpit/ids.hpp"
#include "moshpit/time.hpp"

namespace moshpit {

// The run's clock: averaging step, and round within the step.
struct RoundTime {
  std::uint64_t step = 0;
  std::uint32_t round = 0;

  auto operator<=>(const RoundTime&) const = default;
};

// A set of members of one group, by their index in its member list.
inline constexpr std::size_t group_size_limit = 256;
using MemberSet = std::bitset<group_size_limit>;

enum class RoundOutcome {
  averaged,  // a group was assembled and at least one chunk was averaged with somebody else
  alone,     // nobody else came to this peer's group
  failed,    // a group was assembled and not every chunk came before the deadline: all stays
};

enum class LossReason {
  disconnected,  // its link closed
  silent,        // its link stands, and it made no progress for longer than the suspicion limit
  refused,  // it sent something that is not allowed in: not finite, wrong size, wrong round, ...
};

struct LostPeer {
  PeerId peer;
  LossReason reason = LossReason::disconnected;
  std::string sentence;  // what happened, for a person
};

// One chunk of the vector: elements [begin, end).
struct ChunkReport {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool averaged = false;   // false: the round failed or nobody had any weight; the values stay
  MemberSet contributors;  // whose values are in the mean; empty if not averaged
  double mean_weight = 0;  // the mean weight of the contributors, carried into the next round
};

// Where the time of an all-reduce went at this peer; all together are RoundReport::reducing. What
// the loop's thread encrypts is in transfer and waiting.
struct RoundPhases {
  Duration transfer{0};  // while something was left to send, but for the next two
  Duration codec{0};     // from values to frames, and from results to values
  Duration sum{0};       // checking what came, and taking the means of the chunks of its own
  Duration waiting{0};   // for others, with everything sent
};

// What went between this peer and one member of the group in one round.
struct MemberTraffic {
  std::uint64_t bytes_sent = 0;  // payload and chunk headers
  std::uint64_t bytes_received = 0;
  double goodput = 0;  // bytes a second that came from it until its last frame; 0: nothing came
};

struct RoundReport {
  RoundTime time;
  RoundId id;
  Grid grid;                    // on which the group met
  std::string group;            // the grid key, as "(2,*)"
  std::vector<PeerId> members;  // in member order; empty if alone
  std::size_t self = 0;         // this peer's index in members
  RoundOutcome outcome = RoundOutcome::alone;
  std::vector<ChunkReport> chunks;  // every chunk of the vector, in order; empty if alone
  MemberSet view;                   // who took part to the end, this peer included; else nobody
  std::uint32_t take_overs = 0;     // so often the members agreed to go on without somebody
  std::vector<LostPeer> lost;
  std::uint64_t bytes_sent = 0;  // payload and chunk headers
  std::uint64_t bytes_received = 0;
  std::vector<MemberTraffic> traffic;  // in member order, with nothing for this peer itself
  Time ended{};                        // on this peer's own clock
  Duration matching{0};                // from the announcement until the group stood
  Duration deadline{0};                // of the all-reduce, fixed when the group was assembled
  Duration reducing{0};                // from then until the results were in the vector
  RoundPhases phases;                  // of it
};

struct StepReport {
  std::uint64_t step = 0;
  std::vector<RoundReport> rounds;
  Duration duration{0};
};

}  // namespace moshpit
