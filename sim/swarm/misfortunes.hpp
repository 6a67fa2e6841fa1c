// Misfortunes: what befalls the peers of a scenario. Victims and moments are drawn for each seed. A
// moment is a delay after the victim began one of its rounds, so that rounds under way are hit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <vector>

#include "moshpit/time.hpp"
#include "sim/swarm/round_judge.hpp"
#include "sim/swarm/scenario.hpp"
#include "sim/world.hpp"

namespace moshpit::sim {

class Misfortunes {
 public:
  // `come_back`: called when the host of a killed peer runs again.
  Misfortunes(const Scenario& scenario, World& world, RoundJudge& judge,
              std::function<void(std::size_t peer)> come_back);

  // The peer began another round. Called from its loop.
  void round_begins(std::size_t peer);

  // Whether the peer is killed sooner or later, so that nothing is asked of it.
  bool kills(std::size_t peer) const;

  // Whether the peer is killed and not yet back.
  bool away(std::size_t peer) const { return away_.contains(peer); }
  // Everybody who is to be restarted has been.
  bool all_are_back() const { return restarts_left_ == 0; }
  // Nobody else is restarted.
  void end_restarts() { restarts_ended_ = true; }

  // Those that have happened, and how many of them while a round was under way at the victim.
  std::size_t happened() const { return happened_; }
  std::size_t hit() const { return hit_; }

 private:
  enum class Kind : std::uint8_t {
    crash,
    vanish,
    freeze,
    cut,
    cut_one_way,
    split,
    clog,
    skew,
    restart,
    restart_anew
  };
  struct Misfortune {
    Kind kind;
    std::size_t victim;
    std::size_t other;    // of a cut or a clog
    std::uint64_t round;  // of the victim, counted from 0
    Duration after;
    Duration outage;
  };

  void draw();
  void add(Kind kind, std::size_t victim);
  Duration draw_delay();
  void strike(const Misfortune& misfortune);
  void strike_network(const Misfortune& misfortune);
  void split();
  void clog(const Misfortune& misfortune);
  void heal_network();
  void kill(const Misfortune& misfortune);
  void bring_back(const Misfortune& misfortune);

  const Scenario& scenario_;
  World& world_;
  RoundJudge& judge_;
  std::function<void(std::size_t)> come_back_;
  std::vector<Misfortune> all_;
  std::vector<std::uint64_t> rounds_begun_;
  std::size_t network_faults_ = 0;  // at the moment
  std::set<std::size_t> away_;
  std::size_t restarts_left_ = 0;
  bool restarts_ended_ = false;
  std::size_t happened_ = 0;
  std::size_t hit_ = 0;
};

}  // namespace moshpit::sim
