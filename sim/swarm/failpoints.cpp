#include "sim/swarm/failpoints.hpp"

#include <algorithm>

namespace moshpit::sim {

std::string_view name_of(Blow blow) { return blow == Blow::kill ? "kill" : "freeze"; }

void Failpoints::add_peer(World& world, RoundJudge& judge, Host& host, Gate& gate,
                          bool outbound_only) {
  const std::size_t peer = targets_.size();
  targets_.push_back({host, gate});
  watch_.add_peer(host.id(), outbound_only);
  gate.observe(
      [this, &world, &judge, peer](Gate::Direction direction, const PeerId& other, ByteView frame) {
        see(world, judge, peer, direction, other, frame);
      });
}

// Everything until the strike is as it was without it, so the number of an occurrence names it.
void Failpoints::see(World& world, RoundJudge& judge, std::size_t peer, Gate::Direction direction,
                     const PeerId& other, ByteView frame) {
  if (direction == Gate::Direction::out) watch_.sent(peer, other, frame);
  if (direction == Gate::Direction::in) watch_.received(peer, frame);
  if (!begun_) before_ = watch_.count();
  if (struck_ == strikes_.size() || watch_.count() <= strikes_[struck_].at.number) return;
  const Strike& next = strikes_[struck_++];
  targets_[next.at.peer].gate.shut();
  world.at(world.now(), [this, &world, &judge, &next] { strike(world, judge, next); });
}

void Failpoints::strike(World& world, RoundJudge& judge, const Strike& strike) {
  Target& target = targets_[strike.at.peer];
  hit_a_round_ = judge.in_round(target.host.id());
  if (strike.blow == Blow::kill) {
    target.host.crash();
    ++over_;
    return;
  }
  judge.knows_frozen(target.host.id());
  target.host.freeze();
  world.at(world.now() + strike.outage, [this, &target] {
    target.host.thaw();
    target.gate.open();
    ++over_;
  });
}

std::vector<Occurrence> Failpoints::occurrences() const {
  std::vector<Occurrence> all = watch_.occurrences();
  std::erase_if(all, [&](const Occurrence& one) { return one.number < before_; });
  return all;
}

}  // namespace moshpit::sim
