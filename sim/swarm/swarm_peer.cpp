#include "sim/swarm/swarm_peer.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <utility>

namespace moshpit::sim {
namespace {

using namespace std::chrono_literals;

constexpr Duration joining_takes = 60s;
constexpr Duration work_takes = 40ms;  // one local step on the usual device
constexpr float one_step_of_work = 0x1.0p-6f;

}  // namespace

SwarmPeer::SwarmPeer(Host& host, SwarmPeerOptions options, RoundJudge& judge, Findings& findings,
                     Offered& offered)
    : host_(host),
      loop_(host.loop()),
      id_(host.id()),
      work_takes_(host.work_time(work_takes)),
      options_(std::move(options)),
      judge_(judge),
      findings_(findings),
      offered_(offered),
      gated_(options_.gate
                 ? std::optional<GatedTransport>(std::in_place, host.transport(), *options_.gate)
                 : std::nullopt),
      transport_(gated_ ? *gated_ : host.transport()),
      repeating_(transport_),
      participant_(host.loop(), options_.repeats ? repeating_ : transport_, host.credentials(),
                   options_.membership),
      begin_(host.loop()),
      working_(options_.works),
      goes_on_(options_.goes_on),
      own_(options_.plan.elements),
      pending_(options_.plan.elements, 0.0),
      tasks_(host.loop()) {
  tasks_.spawn(live());
}

void SwarmPeer::draw_values() {
  for (float& value : own_) value = static_cast<float>(loop_.random().normal());
  carried_ = own_;
  mean_ = own_;
}

Task<> SwarmPeer::live() {
  draw_values();
  co_await loop_.sleep_for(options_.comes_after);
  co_await join();
  if (options_.late) co_await catch_up();
  joined_ = true;
  if (!options_.late) co_await begin_.wait();  // no deadline: the scenario begins when all joined
  tasks_.spawn(work());
  while (goes_on_ || !done()) {
    co_await step();
    co_await rest();
  }
  resting_ = true;
}

// As a trainer does: whoever hears that others have begun a step joins it.
Task<> SwarmPeer::rest() {
  Averager& averager = participant_.averager();
  const Time until = loop_.now() + options_.between_steps;
  co_await averager.await_newer_step(averager.steps_begun(), until);
}

Task<> SwarmPeer::catch_up() {
  const Time deadline = loop_.now() + joining_takes;
  const auto state = co_await participant_.download_state(deadline);
  begin_from(state);
}

void SwarmPeer::find(std::string judge, std::string sentence) {
  host_.tell([this, judge = std::move(judge), sentence = std::move(sentence)] {
    findings_.add(judge, sentence);
  });
}

void SwarmPeer::begin_from(const Result<RunState>& state) {
  if (!state) {
    return find("catch-up",
                fmt::format("peer {} got no state: {}", id_.brief(), state.error().message()));
  }
  host_.tell([this, values = state->values] {
    if (offered_.contains(values)) return;
    findings_.add("catch-up",
                  fmt::format("peer {} downloaded what nobody had offered", id_.brief()));
  });
  own_ = state->values;
  carried_ = own_;
  mean_ = own_;
}

Task<> SwarmPeer::join() {
  if (options_.entrance.empty()) {
    participant_.found(options_.plan, options_.place);
  } else {
    Participant::Application application{options_.entrance, options_.plan.model,
                                         options_.plan.elements, options_.place, false};
    const Time deadline = loop_.now() + joining_takes;
    const auto joined = co_await participant_.join(std::move(application), deadline);
    if (!joined) {
      find("liveness", "peer " + id_.brief() + " could not join: " + joined.error().message());
      co_await loop_.sleep_for(24h);  // it takes no part
    }
  }
  participant_.averager().observe(*this);
}

// Local steps beside the averaging steps.
Task<> SwarmPeer::work() {
  while (working_) {
    co_await loop_.sleep_for(work_takes_);
    if (working_) work_once();
  }
}

void SwarmPeer::work_once() {
  for (std::size_t i = 0; i < own_.size(); ++i) {
    own_[i] += one_step_of_work;
    pending_[i] += one_step_of_work;
  }
}

Task<> SwarmPeer::step() {
  StepRequest wanted = request();
  const auto outcome = co_await participant_.averager().step(std::move(wanted));
  settle(outcome);
}

StepRequest SwarmPeer::request() {
  snapshot_ = own_;
  given_ = pending_;
  StepRequest request;
  request.values = own_;
  request.weight = options_.weight;
  if (options_.poison == Poison::negative_weight) request.weight = -1;
  if (options_.poison == Poison::too_heavy) request.weight = 2 * options_.plan.weight_limit;
  if (options_.poison == Poison::not_finite) {
    for (float& value : request.values) value = std::numeric_limits<float>::quiet_NaN();
  }
  return request;
}

void SwarmPeer::settle(const StepOutcome& outcome) {
  ++steps_done_;
  if (options_.poison != Poison::none) return;
  apply_outcome(outcome, snapshot_, carried_, own_);
  judge_completeness(outcome);
  judge_work(outcome);
  offer();
}

// What was settled, without this peer's own work since: the others of its group offer the same.
void SwarmPeer::offer() {
  host_.tell([this, mean = mean_] { offered_.insert(mean); });
  participant_.offer_state(participant_.averager().steps_begun(), HashedState(mean_));
}

// Promise R3: a chunk that no round averaged is called kept, and no other one is.
void SwarmPeer::judge_completeness(const StepOutcome& outcome) {
  for (std::size_t chunk = 0; chunk < outcome.chunks.size(); ++chunk) {
    const auto averaged = [chunk](const RoundReport& round) {
      return !round.chunks.empty() && round.chunks[chunk].averaged;
    };
    const bool kept = std::ranges::none_of(outcome.report.rounds, averaged);
    if (kept == (outcome.chunks[chunk] == ChunkOutcome::kept)) continue;
    return find("R3", fmt::format("peer {} is told that chunk {} was {}kept", id_.brief(), chunk,
                                  kept ? "not " : ""));
  }
}

// What a peer holds is the mean that it began from and its own work since. Work that every mean of
// the step took in is in the last of them.
void SwarmPeer::judge_work(const StepOutcome& outcome) {
  for (std::size_t chunk = 0; chunk < outcome.chunks.size(); ++chunk) {
    std::size_t means = 0;
    std::size_t with_mine = 0;
    for (const RoundReport& round : outcome.report.rounds) {
      if (round.chunks.empty() || !round.chunks[chunk].averaged) continue;
      ++means;
      if (round.chunks[chunk].contributors.test(round.self)) ++with_mine;
    }
    const std::size_t begin = chunk * outcome.chunk_elements;
    const std::size_t end = std::min(begin + outcome.chunk_elements, own_.size());
    for (std::size_t i = begin; i < end; ++i) {
      if (means > 0) mean_[i] = outcome.values[i];
      if (means > 0 && means == with_mine) pending_[i] -= given_[i];
      if (!judge_element(i)) return;
    }
  }
}

bool SwarmPeer::judge_element(std::size_t i) {
  const double expected = mean_[i] + pending_[i];
  if (!std::isfinite(own_[i])) {
    find("R7", fmt::format("peer {} holds {} at {}", id_.brief(), own_[i], i));
    return false;
  }
  if (std::abs(own_[i] - expected) <= 1e-4) return true;
  find("R6", fmt::format("peer {} lost local work: element {} is {} instead of {}", id_.brief(), i,
                         own_[i], expected));
  return false;
}

void SwarmPeer::round_begins(RoundTime time, const WeightedVector& vector) {
  host_.tell([this, time, vector, now = loop_.now()] {
    judge_.round_begins(id_, time, vector, now);
    if (options_.on_round) options_.on_round();
  });
}

void SwarmPeer::round_ended(const RoundReport& report, const WeightedVector& vector) {
  if (report.outcome == RoundOutcome::averaged) ++rounds_averaged_;
  host_.tell([this, report, vector, now = loop_.now()] {
    judge_.round_ended(id_, report, vector, now);
    if (options_.on_round_ended) options_.on_round_ended(report, vector);
  });
}

}  // namespace moshpit::sim
