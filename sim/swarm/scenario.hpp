// Scenario: an experiment, the faults that are drawn for each seed, and the judges. First
// everything may go wrong, then the faults heal and the survivors must still get through their
// steps, come to agree, and clean up after themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "moshpit/codec.hpp"
#include "moshpit/grid.hpp"
#include "moshpit/result.hpp"
#include "sim/swarm/findings.hpp"
#include "sim/swarm/round_judge.hpp"
#include "sim/swarm/round_tally.hpp"
#include "sim/world.hpp"

namespace moshpit::sim {

class Failpoints;

// How many peers of each kind of misfortune; which ones and when is drawn.
struct Faults {
  std::size_t crash = 0;         // SIGKILL
  std::size_t vanish = 0;        // the power cord
  std::size_t freeze = 0;        // SIGSTOP, and SIGCONT after a while
  std::size_t cut = 0;           // pairs that cannot hear each other, for a while
  std::size_t cut_one_way = 0;   // pairs of which one cannot hear the other, for a while
  std::size_t split = 0;         // two halves of the swarm that cannot hear each other, for a while
  std::size_t clog = 0;          // hosts on whose links everything takes many times as long
  std::size_t skew = 0;          // clocks that begin to run fast or slow
  std::size_t restart = 0;       // SIGKILL, and the peer comes back after a while
  std::size_t restart_anew = 0;  // the same, but as another peer
  std::size_t poison = 0;        // peers that contribute what is not allowed in
  std::size_t repeat = 0;        // peers that send every chunk several times

  // Repeats do no harm.
  bool none() const {
    return crash + vanish + freeze + cut + cut_one_way + split + clog + skew + restart +
               restart_anew + poison ==
           0;
  }
  // Peers that live cannot hear each other for a while: one may be alone, which is no fault of its.
  bool part() const { return cut + cut_one_way + split > 0; }
};

struct Range {
  double least = 1;
  double most = 1;
};

// What differs from host to host: each draws its own. See HostOptions.
struct HostRanges {
  std::optional<Range> bytes_per_second_up;
  std::optional<Range> bytes_per_second_down;
  std::optional<Range> clock_rate;
  std::optional<Range> speed;
};

struct Scenario {
  std::string name;
  std::size_t peers = 8;
  Grid grid;
  std::size_t largest_group = 0;  // RunPlan: the grid follows the number of peers
  std::uint64_t elements = 1000;
  std::uint64_t steps = 2;
  std::size_t late = 0;           // peers that come when the others are under way
  std::size_t outbound_only = 0;  // the last of them accept no connections
  std::size_t unaware = 0;        // the last of those find it out by themselves
  double grouped = 0;             // of the peers' rounds at least this share must be with others
  bool unequal_weights = false;
  std::vector<Codec> codecs{Codec::fp32};  // the seeds take turns; at least one
  bool claim_places = true;                // otherwise peer i has place i
  bool real_signatures = false;  // Ed25519, which takes the computer a hundred times as long
  // Beside the averaging steps, which then go on until the last peer has done its own. Without it
  // everybody rests after its last step.
  bool local_work = true;
  // From one peer's coming to the next one's; each knows addresses of such as have come before it.
  // 0: all come at once and know the first.
  Duration comes_every{0};
  // A peer that is called to the next step by nobody begins it so long after the last.
  Duration between_steps = std::chrono::milliseconds(400);
  NetworkModel network;
  HostRanges hosts;
  ComputeCosts costs;
  Faults faults;

  bool faultless() const { return faults.none(); }
  Codec codec_of(std::uint64_t seed) const { return codecs[seed % codecs.size()]; }

  // What no entry alone can tell: for example, more poisoners than peers.
  // ErrorCode::invalid_argument.
  Result<void> check() const;

  // A TOML file; the sentence of the error names what is wrong in it. It is not checked as a whole,
  // because parts of it may be replaced.
  static Result<Scenario> read(const std::filesystem::path& file);
};

struct ScenarioOutcome {
  std::vector<Finding> findings;
  std::uint64_t trace = 0;  // equal for equal seeds, whatever the compiler
  double virtual_seconds = 0;
  RoundJudge::Counters judged;
  std::size_t misfortunes = 0;      // that happened
  std::size_t misfortunes_hit = 0;  // while a round was under way at the victim
  // Of the peers that were there from the beginning; with local work, of the first step only.
  std::vector<RoundRow> rounds;
  double grouped = 1;         // the share of all their rounds that were with somebody else
  double bytes_per_peer = 0;  // the mean of what they sent, of those that live
  std::uint64_t events = 0;   // of the world
  // With faults: steps that the slowest survivor took after the last fault until all agreed.
  std::uint64_t steps_to_agree = 0;
};

using Observer = std::function<void(Time, const Host& from, const Host& to, ByteView frame)>;

// How far a run is.
struct ScenarioProgress {
  std::size_t joined = 0;        // peers
  std::size_t rounds_ended = 0;  // summed over the peers
  Time now;                      // of the world
};
using ProgressObserver = std::function<void(const ScenarioProgress&)>;

// Those who look on; none changes anything.
struct Onlookers {
  Observer frames;
  ProgressObserver progress;                    // called now and then
  std::function<void(const PeerId&)> arrivals;  // of each peer's host, in order
};

// `failpoints` strike as well, and may be asked afterwards what has occurred. Without any faults
// the swarm may run on several threads, and as many of them give the same outcome (see World);
// faults strike where a peer is in its round, which is known on one thread only.
ScenarioOutcome run_scenario(const Scenario& scenario, std::uint64_t seed, Onlookers onlookers = {},
                             Failpoints* failpoints = nullptr,
                             std::optional<std::size_t> threads = std::nullopt);

}  // namespace moshpit::sim
