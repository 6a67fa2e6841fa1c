#include "sim/swarm/misfortunes.hpp"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

namespace moshpit::sim {
namespace {

using namespace std::chrono_literals;

// A frozen or killed peer or a cut link comes back after a time drawn up to this: longer than any
// suspicion.
constexpr Duration longest_outage = 4s;

// So many times as long everything takes on a clogged link, at most.
constexpr std::uint64_t worst_clog = 30;
// A clock that is off by more is broken in a way that its owner notices.
constexpr double worst_skew = 0.05;

}  // namespace

Misfortunes::Misfortunes(const Scenario& scenario, World& world, RoundJudge& judge,
                         std::function<void(std::size_t)> come_back)
    : scenario_(scenario),
      world_(world),
      judge_(judge),
      come_back_(std::move(come_back)),
      rounds_begun_(scenario.peers, 0) {
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
  add_all(Kind::cut_one_way, faults.cut_one_way);
  add_all(Kind::split, faults.split);
  add_all(Kind::clog, faults.clog);
  add_all(Kind::skew, faults.skew);
  add_all(Kind::restart, faults.restart);
  add_all(Kind::restart_anew, faults.restart_anew);
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
  if (kind == Kind::restart || kind == Kind::restart_anew) ++restarts_left_;
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
  switch (misfortune.kind) {
    case Kind::crash:
      return victim.crash();
    case Kind::vanish:
      return victim.vanish();
    case Kind::freeze:
      victim.freeze();
      return world_.at(world_.now() + misfortune.outage, [&victim] { victim.thaw(); });
    case Kind::skew:
      return victim.set_clock_rate(1 + worst_skew * (2 * world_.random().unit() - 1));
    case Kind::restart:
    case Kind::restart_anew:
      return kill(misfortune);
    case Kind::cut:
    case Kind::cut_one_way:
    case Kind::split:
    case Kind::clog:
      return strike_network(misfortune);
  }
}

void Misfortunes::strike_network(const Misfortune& misfortune) {
  Host& victim = world_.host(misfortune.victim);
  Host& other = world_.host(misfortune.other);
  if (misfortune.kind == Kind::cut) world_.cut(victim, other);
  if (misfortune.kind == Kind::cut_one_way) world_.cut_one_way(victim, other);
  if (misfortune.kind == Kind::split) split();
  if (misfortune.kind == Kind::clog) clog(misfortune);
  ++network_faults_;
  world_.at(world_.now() + misfortune.outage, [this] { heal_network(); });
}

void Misfortunes::split() {
  std::vector<Host*> hosts;
  for (std::size_t i = 0; i < world_.size(); ++i) hosts.push_back(&world_.host(i));
  world_.random().shuffle(std::span(hosts));
  const auto middle = hosts.begin() + static_cast<std::ptrdiff_t>(hosts.size() / 2);
  world_.split({hosts.begin(), middle}, {middle, hosts.end()});
}

// All that the host sends and gets, or what passes between it and another one.
void Misfortunes::clog(const Misfortune& misfortune) {
  Host& victim = world_.host(misfortune.victim);
  const auto times = static_cast<std::uint32_t>(2 + world_.random().below(worst_clog - 1));
  if (world_.random().chance(0.5)) return world_.clog(victim, times);
  world_.clog(victim, world_.host(misfortune.other), times);
}

// The world heals everything at once, so each of them lasts until the last one is over.
void Misfortunes::heal_network() {
  if (--network_faults_ == 0) world_.heal();
}

void Misfortunes::kill(const Misfortune& misfortune) {
  if (restarts_ended_) return;
  Host& victim = world_.host(misfortune.victim);
  away_.insert(misfortune.victim);
  judge_.dies(victim.id());
  victim.crash();
  world_.at(world_.now() + misfortune.outage, [this, &misfortune] { bring_back(misfortune); });
}

void Misfortunes::bring_back(const Misfortune& misfortune) {
  Host& victim = world_.host(misfortune.victim);
  if (misfortune.kind == Kind::restart_anew) {
    victim.restart_anew();
  } else {
    victim.restart();
  }
  away_.erase(misfortune.victim);
  --restarts_left_;
  come_back_(misfortune.victim);
}

}  // namespace moshpit::sim
