#include "sim/swarm/scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "sim/swarm/round_judge.hpp"
#include "sim/swarm/swarm_peer.hpp"

namespace moshpit::sim {
namespace {

using namespace std::chrono_literals;

// Virtual time for everybody to join; claims on places settle in a few seconds even with loss.
constexpr Duration joining_takes = 60s;
// Long enough that the last of many claims has been contested.
constexpr Duration settling_takes = 3s;
// Faults are drawn from this span of the averaging, which covers the first step with some of the second.
constexpr Duration fault_span = 1500ms;
// A frozen peer or a cut link comes back after a time drawn up to this.
constexpr Duration longest_outage = 4s;
// A step with its faults is settled within its deadlines, of which none is longer than this.
constexpr Duration step_takes = 60s;

RunId run_of(std::uint64_t seed) {
  return RunId{Hasher().add(as_bytes("scenario")).add(seed).digest()};
}

class Run {
 public:
  Run(const Scenario& scenario, std::uint64_t seed, Observer observer)
      : scenario_(scenario), run_(run_of(seed)), world_(seed, scenario.network), judge_(findings_) {
    if (observer) world_.on_delivery(std::move(observer));
  }

  ScenarioOutcome outcome() {
    if (everybody_joins()) {
      for (SwarmPeer* peer : peers_) peer->begin();
      schedule_faults();
      average();
    }
    ScenarioOutcome outcome;
    if (scenario_.faultless()) outcome.error_per_round = errors();
    outcome.findings = findings_.all();
    outcome.trace = world_.trace();
    outcome.virtual_seconds = seconds(world_.now().time_since_epoch());
    outcome.chunks_judged = judge_.chunks_judged();
    outcome.refusals = judge_.refusals();
    return outcome;
  }

 private:
  double weight_of(std::size_t peer) const {
    return scenario_.unequal_weights ? 1.0 + static_cast<double>(peer % 5) : 1.0;
  }

  // The poisoners are the last ones: the first peer founds the run.
  Poison poison_of(std::size_t peer) const {
    if (peer + scenario_.faults.poison < scenario_.peers) return Poison::none;
    return peer % 2 == 0 ? Poison::not_finite : Poison::negative_weight;
  }

  void add_peer(std::size_t index) {
    Host& host = world_.add_host();
    SwarmPeerOptions options;
    options.membership = {run_, to_bytes("the secret of the run"), false};
    options.plan.grid = scenario_.grid;
    options.plan.model = "scenario";
    options.plan.elements = scenario_.elements;
    options.plan.weight_limit = 1000;
    if (index > 0) options.entrance = {world_.host(0).address()};
    if (!scenario_.claim_places) options.place = index;
    options.steps = scenario_.steps;
    options.weight = weight_of(index);
    options.poison = poison_of(index);
    if (options.poison != Poison::none) judge_.knows_poisoner(host.id());
    peers_.push_back(&host.start<SwarmPeer>(host, std::move(options), judge_, findings_));
    first_values_.push_back(peers_.back()->values());
  }

  bool everybody_joins() {
    for (std::size_t i = 0; i < scenario_.peers; ++i) add_peer(i);
    gone_.resize(scenario_.peers, false);
    const auto all_joined = [this] {
      return std::ranges::all_of(peers_, [](const SwarmPeer* peer) { return peer->joined(); });
    };
    const bool joined = world_.run_until(all_joined, world_.now() + joining_takes);
    if (!joined) findings_.add("liveness", "not everybody had joined after 60 s");
    world_.run_until(world_.now() + settling_takes);
    return joined;
  }

  Time moment() {
    return world_.now() + Duration(world_.random().below(fault_span.count()));
  }

  // Distinct victims, drawn; never a poisoner, and at least two peers are left alone.
  void schedule_faults() {
    const std::size_t honest = scenario_.peers - scenario_.faults.poison;
    std::vector<std::size_t> victims(honest);
    std::iota(victims.begin(), victims.end(), 0);
    world_.random().shuffle(std::span(victims));
    if (honest > 2) victims.resize(honest - 2);
    const auto next = [&]() -> std::optional<std::size_t> {
      if (victims.empty()) return std::nullopt;
      const std::size_t victim = victims.back();
      victims.pop_back();
      return victim;
    };
    for (std::size_t i = 0; i < scenario_.faults.crash; ++i) {
      if (const auto victim = next()) at(moment(), *victim, &Host::crash);
    }
    for (std::size_t i = 0; i < scenario_.faults.vanish; ++i) {
      if (const auto victim = next()) at(moment(), *victim, &Host::vanish);
    }
    for (std::size_t i = 0; i < scenario_.faults.freeze; ++i) {
      if (const auto victim = next()) freeze(*victim);
    }
    for (std::size_t i = 0; i < scenario_.faults.cut; ++i) cut();
  }

  void at(Time time, std::size_t victim, void (Host::*misfortune)()) {
    gone_[victim] = true;
    world_.at(time, [this, victim, misfortune] { (world_.host(victim).*misfortune)(); });
  }

  void freeze(std::size_t victim) {
    judge_.knows_frozen(world_.host(victim).id());
    const Time when = moment();
    const Duration outage(world_.random().below(longest_outage.count()));
    world_.at(when, [this, victim] { world_.host(victim).freeze(); });
    world_.at(when + outage, [this, victim] { world_.host(victim).thaw(); });
  }

  void cut() {
    const std::size_t one = world_.random().below(scenario_.peers);
    const std::size_t shift = 1 + world_.random().below(scenario_.peers - 1);
    const std::size_t other = (one + shift) % scenario_.peers;
    const Time when = moment();
    world_.at(when, [this, one, other] { world_.cut(world_.host(one), world_.host(other)); });
    world_.at(when + longest_outage, [this] { world_.heal(); });
  }

  void average() {
    const auto all_done = [this] {
      for (std::size_t i = 0; i < peers_.size(); ++i) {
        if (!gone_[i] && !peers_[i]->done()) return false;
      }
      return true;
    };
    const Time deadline = world_.now() + static_cast<std::int64_t>(scenario_.steps) * step_takes;
    if (world_.run_until(all_done, deadline)) return;
    for (std::size_t i = 0; i < peers_.size(); ++i) {
      if (gone_[i] || peers_[i]->done()) continue;
      findings_.add("liveness", fmt::format("peer {} did {} of {} steps: {}", i,
                                            peers_[i]->steps_done(), scenario_.steps,
                                            peers_[i]->explain()));
    }
  }

  // max |element - weighted mean| after each round of a single step; empty if there were several.
  std::vector<double> errors() const {
    if (scenario_.steps != 1) return {};
    std::vector<double> errors(scenario_.grid.dimensions(), 0.0);
    for (std::uint64_t i = 0; i < scenario_.elements; ++i) {
      double sum = 0;
      double weight = 0;
      for (std::size_t peer = 0; peer < peers_.size(); ++peer) {
        sum += weight_of(peer) * first_values_[peer][i];
        weight += weight_of(peer);
      }
      for (const SwarmPeer* peer : peers_) {
        for (std::size_t t = 0; t < errors.size() && t < peer->after_round().size(); ++t) {
          errors[t] = std::max(errors[t], std::abs(peer->after_round()[t][i] - sum / weight));
        }
      }
    }
    return errors;
  }

  const Scenario& scenario_;
  RunId run_;
  Findings findings_;
  World world_;
  RoundJudge judge_;
  std::vector<SwarmPeer*> peers_;  // owned by their hosts; those of gone_ are not looked at again
  std::vector<bool> gone_;
  std::vector<std::vector<float>> first_values_;
};

}  // namespace

ScenarioOutcome run_scenario(const Scenario& scenario, std::uint64_t seed, Observer observer) {
  return Run(scenario, seed, std::move(observer)).outcome();
}

}  // namespace moshpit::sim
