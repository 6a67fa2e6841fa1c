// Aftermath: what is demanded of a swarm when its faults are over. Local work stops, and the
// survivors must come to agree, all on the grid on which they belong ("convergence"). Then they
// rest, and when the last record of the
// turmoil must be forgotten nobody may hold on to anything but what a peer at rest needs ("leaks").
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "moshpit/grid.hpp"
#include "sim/swarm/findings.hpp"
#include "sim/swarm/gate.hpp"
#include "sim/swarm/round_judge.hpp"
#include "sim/swarm/swarm_peer.hpp"
#include "sim/world.hpp"

namespace moshpit::sim {

struct Survivor {
  std::size_t index = 0;
  const Host* host = nullptr;
  SwarmPeer* peer = nullptr;
  const Gate* gate = nullptr;
  bool honest = true;  // a poisoner never takes a mean
};

class Aftermath {
 public:
  Aftermath(World& world, RoundJudge& judge, Findings& findings, std::vector<Survivor> survivors,
            Codec codec)
      : world_(world),
        judge_(judge),
        findings_(findings),
        survivors_(std::move(survivors)),
        codec_(codec) {}

  // `grid`: on which the survivors average in the end. `over`: nothing else will befall them.
  void judge(const Grid& grid, const std::function<bool()>& over);

  // That the slowest survivor took, once all was over, until all agreed.
  std::uint64_t steps_to_agree() const { return steps_to_agree_; }

 private:
  std::uint64_t steps_allowed(const Grid& grid) const;
  void judge_convergence(const Grid& grid, std::uint64_t steps);
  void judge_leaks();
  void judge_leaks(const Survivor& survivor);
  void count_leaks(const Survivor& survivor, const char* what, std::size_t held, std::size_t most);
  bool agree();
  bool are_on(const Grid& grid) const;
  // The first one that never averaged with anybody; nothing if all have.
  const Survivor* hermit() const;
  double tolerance() const;
  double disagreement() const;
  std::uint64_t fewest_steps() const;
  std::uint64_t all_steps() const;

  World& world_;
  RoundJudge& judge_;
  Findings& findings_;
  std::vector<Survivor> survivors_;
  Codec codec_;
  std::uint64_t looked_at_ = 0;  // all_steps() when they were last compared
  bool agreed_ = false;
  std::uint64_t steps_to_agree_ = 0;
};

}  // namespace moshpit::sim
