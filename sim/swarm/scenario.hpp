// Scenario: an experiment, the faults that are drawn for each seed, and the judges. First
// everything may go wrong, then the faults heal and the survivors must still get through their
// steps, come to agree, and clean up after themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

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
  std::size_t crash = 0;   // SIGKILL
  std::size_t vanish = 0;  // the power cord
  std::size_t freeze = 0;  // SIGSTOP, and SIGCONT after a while
  std::size_t cut = 0;     // pairs that cannot hear each other, for a while
  std::size_t poison = 0;  // peers that contribute what is not allowed in
  std::size_t repeat = 0;  // peers that send every chunk several times
};

struct Scenario {
  std::string name;
  std::size_t peers = 8;
  Grid grid;
  std::uint64_t elements = 1000;
  std::uint64_t steps = 2;
  std::size_t late = 0;           // peers that come when the others are under way
  std::size_t outbound_only = 0;  // the last of them accept no connections
  bool unequal_weights = false;
  bool claim_places = true;  // otherwise peer i has place i
  // Beside the averaging steps, which then go on until the last peer has done its own. Without it
  // everybody rests after its last step.
  bool local_work = true;
  // From one peer's coming to the next one's; each knows addresses of such as have come before it.
  // 0: all come at once and know the first.
  Duration comes_every{0};
  NetworkModel network;
  Faults faults;

  bool faultless() const {
    return faults.crash + faults.vanish + faults.freeze + faults.cut + faults.poison ==
           0;  // repeats do no harm
  }

  // A TOML file; the sentence of the error names what is wrong in it.
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

// `failpoints` strike as well, and may be asked afterwards what has occurred.
ScenarioOutcome run_scenario(const Scenario& scenario, std::uint64_t seed, Onlookers onlookers = {},
                             Failpoints* failpoints = nullptr);

}  // namespace moshpit::sim
