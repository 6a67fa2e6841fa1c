// Misfortunes: what befalls the peers of a scenario. Victims and moments are drawn for each seed. A
// moment is a delay after the victim began one of its rounds, so that rounds under way are hit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "moshpit/time.hpp"
#include "sim/swarm/round_judge.hpp"
#include "sim/swarm/scenario.hpp"
#include "sim/world.hpp"

namespace moshpit::sim {

class Misfortunes {
 public:
  Misfortunes(const Scenario& scenario, World& world, RoundJudge& judge);

  // The peer began another round. Called from its loop.
  void round_begins(std::size_t peer);

  // Whether the peer is killed sooner or later, so that nothing is asked of it.
  bool kills(std::size_t peer) const;

  // Those that have happened, and how many of them while a round was under way at the victim.
  std::size_t happened() const { return happened_; }
  std::size_t hit() const { return hit_; }

 private:
  enum class Kind : std::uint8_t { crash, vanish, freeze, cut };
  struct Misfortune {
    Kind kind;
    std::size_t victim;
    std::size_t other;    // of a cut
    std::uint64_t round;  // of the victim, counted from 0
    Duration after;
    Duration outage;
  };

  void draw();
  void add(Kind kind, std::size_t victim);
  Duration draw_delay();
  void strike(const Misfortune& misfortune);

  const Scenario& scenario_;
  World& world_;
  RoundJudge& judge_;
  std::vector<Misfortune> all_;
  std::vector<std::uint64_t> rounds_begun_;
  std::size_t happened_ = 0;
  std::size_t hit_ = 0;
};

}  // namespace moshpit::sim
