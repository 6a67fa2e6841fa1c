// Failpoints: watches a scenario for the steps of the protocol that its peers come to, and strikes
// one peer at one of them: SIGKILL, or SIGSTOP and SIGCONT after a while. The same seed without a
// strike tells beforehand where there is something to strike.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/swarm/failpoint_watch.hpp"
#include "sim/swarm/gate.hpp"
#include "sim/swarm/round_judge.hpp"
#include "sim/world.hpp"

namespace moshpit::sim {

enum class Blow : std::uint8_t { kill, freeze };
inline constexpr std::size_t blow_count = 2;

std::string_view name_of(Blow blow);

struct Strike {
  Occurrence at;
  Blow blow = Blow::kill;
  Duration outage{0};  // of a freeze
};

class Failpoints {
 public:
  // Strikes come in their order, each after the one before.
  Failpoints(std::uint64_t elements, std::vector<Strike> strikes)
      : watch_(elements), strikes_(std::move(strikes)) {}

  // Peers in their order. Gate and host outlive the run.
  void add_peer(World& world, RoundJudge& judge, Host& host, Gate& gate, bool outbound_only);
  // From now on a peer may be struck: all have joined.
  void begin() { begun_ = true; }

  bool kills(std::size_t peer) const {
    return std::ranges::any_of(strikes_, [&](const Strike& strike) {
      return strike.blow == Blow::kill && strike.at.peer == peer;
    });
  }
  bool strikes() const { return !strikes_.empty(); }
  // All struck, and back if that is possible.
  bool over() const { return over_ == strikes_.size(); }
  bool hit_a_round() const { return hit_a_round_; }

  // What has occurred since begin().
  std::vector<Occurrence> occurrences() const;

 private:
  struct Target {
    Host& host;
    Gate& gate;
  };
  void see(World& world, RoundJudge& judge, std::size_t peer, Gate::Direction direction,
           const PeerId& other, ByteView frame);
  void strike(World& world, RoundJudge& judge, const Strike& strike);

  FailpointWatch watch_;
  std::vector<Strike> strikes_;
  std::vector<Target> targets_;
  bool begun_ = false;
  std::size_t before_ = 0;  // occurrences until begin()
  std::size_t struck_ = 0;
  std::size_t over_ = 0;
  bool hit_a_round_ = false;
};

}  // namespace moshpit::sim
