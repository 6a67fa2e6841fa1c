#include "sim/swarm/misfortunes.hpp"

#include <algorithm>
#include <numeric>
#include <span>

namespace moshpit::sim {
namespace {

using namespace std::chrono_literals;

// A frozen peer or a cut link comes back after a time drawn up to this: longer than any suspicion.
constexpr Duration longest_outage = 4s;

}  // namespace

Misfortunes::Misfortunes(const Scenario& scenario, World& world, RoundJudge& judge)
    : scenario_(scenario), world_(world), judge_(judge), rounds_begun_(scenario.peers, 0) {
  draw();
}

// Distinct victims; never a poisoner, and at least two peers are left alone.
void Misfortunes::draw() {
  const Faults& faults = scenario_.faults;
  const std::size_t honest = scenario_.peers - faults.poison;
  std::vector<std::size_t> victims(honest);
  std::iota(victims.begin(), victims.end(), 0);
  world_.random().shuffle(std::span(victims));
  victims.resize(honest > 2 ? honest - 2 : 0);
  const auto add_all = [&](Kind kind, std::size_t count) {
    for (; count > 0 && !victims.empty(); --count) {
      add(kind, victims.back());
      victims.pop_back();
    }
  };
  add_all(Kind::crash, faults.crash);
  add_all(Kind::vanish, faults.vanish);
  add_all(Kind::freeze, faults.freeze);
  add_all(Kind::cut, faults.cut);
}

void Misfortunes::add(Kind kind, std::size_t victim) {
  Misfortune misfortune{kind, victim, victim, 0, {}, {}};
  const std::uint64_t rounds = scenario_.steps * scenario_.grid.dimensions();
  misfortune.round = world_.random().below(rounds);
  misfortune.after = draw_delay();
  misfortune.outage = Duration(world_.random().below(longest_outage.count()));
  const std::size_t shift = 1 + world_.random().below(scenario_.peers - 1);
  misfortune.other = (victim + shift) % scenario_.peers;
  if (kind == Kind::freeze) judge_.knows_frozen(world_.host(victim).id());
  all_.push_back(misfortune);
}

// From 1 ms to 1 s, each power of two as likely as the others: rounds are of very different
// lengths.
Duration Misfortunes::draw_delay() {
  const Duration base = 1ms * (std::int64_t{1} << world_.random().below(10));
  return base + Duration(world_.random().below(base.count()));
}

bool Misfortunes::kills(std::size_t peer) const {
  return std::ranges::any_of(all_, [peer](const Misfortune& misfortune) {
    const bool deadly = misfortune.kind == Kind::crash || misfortune.kind == Kind::vanish;
    return deadly && misfortune.victim == peer;
  });
}

void Misfortunes::round_begins(std::size_t peer) {
  if (peer >= rounds_begun_.size()) return;  // it came late
  const std::uint64_t round = rounds_begun_[peer]++;
  for (const Misfortune& misfortune : all_) {
    if (misfortune.victim != peer || misfortune.round != round) continue;
    world_.at(world_.now() + misfortune.after, [this, &misfortune] { strike(misfortune); });
  }
}

void Misfortunes::strike(const Misfortune& misfortune) {
  Host& victim = world_.host(misfortune.victim);
  ++happened_;
  if (judge_.in_round(victim.id())) ++hit_;
  const Time back = world_.now() + misfortune.outage;
  switch (misfortune.kind) {
    case Kind::crash:
      return victim.crash();
    case Kind::vanish:
      return victim.vanish();
    case Kind::freeze:
      victim.freeze();
      return world_.at(back, [&victim] { victim.thaw(); });
    case Kind::cut:
      world_.cut(victim, world_.host(misfortune.other));
      return world_.at(back, [this] { world_.heal(); });
  }
}

}  // namespace moshpit::sim
