#include "sim/swarm/scenario.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <optional>
#include <utility>

#include "sim/swarm/misfortunes.hpp"
#include "sim/swarm/round_judge.hpp"
#include "sim/swarm/swarm_peer.hpp"

namespace moshpit::sim {
namespace {

using namespace std::chrono_literals;

// Virtual time for everybody to join; claims on places settle in a few seconds even with loss.
constexpr Duration joining_takes = 60s;
// Long enough that the last of many claims has been contested.
constexpr Duration settling_takes = 3s;
// Late peers come within this of the beginning: in the first steps.
constexpr Duration late_within = 2s;
// Contributions that weigh more are refused.
constexpr double weight_limit = 1000;
// A step with its faults is settled within its deadlines, of which none is longer than this.
constexpr Duration step_takes = 60s;

RunId run_of(std::uint64_t seed) {
  return RunId{Hasher().add(as_bytes("scenario")).add(seed).digest()};
}

class Run {
 public:
  Run(const Scenario& scenario, std::uint64_t seed, Observer observer)
      : scenario_(scenario),
        run_(run_of(seed)),
        world_(seed, scenario.network),
        judge_(findings_, weight_limit) {
    if (observer) world_.on_delivery(std::move(observer));
  }

  ScenarioOutcome outcome() {
    if (everybody_joins()) {
      misfortunes_.emplace(scenario_, world_, judge_);
      for (SwarmPeer* peer : peers_) peer->begin();
      for (std::size_t i = 0; i < scenario_.late; ++i) invite_late_peer();
      average();
      judge_efficiency();
    }
    ScenarioOutcome outcome;
    if (scenario_.faultless()) outcome.error_per_round = errors();
    outcome.findings = findings_.all();
    outcome.trace = world_.trace();
    outcome.virtual_seconds = seconds(world_.now().time_since_epoch());
    outcome.judged = judge_.counters();
    if (misfortunes_) {
      outcome.misfortunes = misfortunes_->happened();
      outcome.misfortunes_hit = misfortunes_->hit();
    }
    return outcome;
  }

 private:
  double weight_of(std::size_t peer) const {
    return scenario_.unequal_weights ? 1.0 + static_cast<double>(peer % 5) : 1.0;
  }

  // The poisoners are the last ones: the first peer founds the run.
  Poison poison_of(std::size_t peer) const {
    if (peer + scenario_.faults.poison < scenario_.peers) return Poison::none;
    constexpr Poison kinds[] = {Poison::not_finite, Poison::negative_weight, Poison::too_heavy};
    return kinds[peer % 3];
  }

  SwarmPeerOptions options_of(std::size_t index) {
    SwarmPeerOptions options;
    options.membership = {run_, to_bytes("the secret of the run"), false};
    options.plan.grid = scenario_.grid;
    options.plan.model = "scenario";
    options.plan.elements = scenario_.elements;
    options.plan.weight_limit = weight_limit;
    if (!scenario_.claim_places) options.place = index;
    options.steps = scenario_.steps;
    options.weight = weight_of(index);
    options.on_round = [this, index] { misfortunes_->round_begins(index); };
    return options;
  }

  void add_peer(std::size_t index) {
    Host& host = world_.add_host();
    SwarmPeerOptions options = options_of(index);
    if (index > 0) options.entrance = {world_.host(0).address()};
    options.poison = poison_of(index);
    options.repeats = index < scenario_.faults.repeat;
    if (options.poison != Poison::none) judge_.knows_poisoner(host.id());
    start(host, std::move(options));
    first_values_.push_back(peers_.back()->values());
  }

  void start(Host& host, SwarmPeerOptions options) {
    peers_.push_back(&host.start<SwarmPeer>(host, std::move(options), judge_, findings_, offered_));
  }

  // It knows the addresses of all who live on, as an invite carries several.
  void invite_late_peer() {
    SwarmPeerOptions options = options_of(peers_.size());
    options.late = true;
    for (std::size_t i = 0; i < scenario_.peers; ++i) {
      if (!misfortunes_->kills(i)) options.entrance.push_back(world_.host(i).address());
    }
    options.entrance.resize(std::min<std::size_t>(options.entrance.size(), 5));
    ++late_expected_;
    const Time when = world_.now() + Duration(world_.random().below(late_within.count()));
    world_.at(when, [this, options] {
      start(world_.add_host(), options);
      --late_expected_;
    });
  }

  bool everybody_joins() {
    for (std::size_t i = 0; i < scenario_.peers; ++i) add_peer(i);
    const auto all_joined = [this] {
      return std::ranges::all_of(peers_, [](const SwarmPeer* peer) { return peer->joined(); });
    };
    const bool joined = world_.run_until(all_joined, world_.now() + joining_takes);
    if (!joined) findings_.add("liveness", "not everybody had joined after 60 s");
    world_.run_until(world_.now() + settling_takes);
    return joined;
  }

  bool gone(std::size_t peer) const { return misfortunes_->kills(peer); }

  // Without faults nobody is lost and nobody comes too late.
  void judge_efficiency() {
    const std::size_t losses = judge_.counters().rounds_with_loss;
    if (losses == 0 || !scenario_.faultless()) return;
    findings_.add("efficiency",
                  fmt::format("{} rounds lost a peer, and nothing was wrong", losses));
  }

  void average() {
    const auto all_done = [this] {
      for (std::size_t i = 0; i < peers_.size(); ++i) {
        if (!gone(i) && !peers_[i]->done()) return false;
      }
      return late_expected_ == 0;
    };
    const Time deadline = world_.now() + static_cast<std::int64_t>(scenario_.steps) * step_takes;
    world_.run_until(all_done, deadline);
    for (std::size_t i = 0; i < peers_.size(); ++i) {
      if (!gone(i)) judge_end(i);
    }
  }

  void judge_end(std::size_t index) {
    SwarmPeer& peer = *peers_[index];
    peer.leave();
    if (!peer.done()) {
      findings_.add("liveness", fmt::format("peer {} did {} of {} steps: {}", index,
                                            peer.steps_done(), scenario_.steps, peer.explain()));
    }
    if (index >= scenario_.peers && peer.rounds_averaged() == 0) {
      findings_.add("liveness",
                    fmt::format("late peer {} met nobody in {} steps", index, peer.steps_done()));
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
  Offered offered_;
  std::vector<SwarmPeer*> peers_;  // owned by their hosts; those that are gone() are not looked at
  std::vector<std::vector<float>> first_values_;
  std::optional<Misfortunes> misfortunes_;  // once everybody has joined
  std::size_t late_expected_ = 0;
};

}  // namespace

ScenarioOutcome run_scenario(const Scenario& scenario, std::uint64_t seed, Observer observer) {
  return Run(scenario, seed, std::move(observer)).outcome();
}

}  // namespace moshpit::sim
