#include "sim/swarm/plain_peer.hpp"

#include <utility>

namespace moshpit::sim {
namespace {

using namespace std::chrono_literals;

constexpr Duration joining_takes = 60s;
constexpr Duration leaving_takes = 1s;

}  // namespace

PlainPeer::PlainPeer(Host& host, PlainPeerOptions options, std::vector<float> values)
    : host_(host),
      loop_(host.loop()),
      options_(std::move(options)),
      values_(std::move(values)),
      participant_(host.loop(), host.transport(), host.credentials(), options_.membership),
      begin_(host.loop()),
      life_(host.loop()),
      leaving_(host.loop()) {
  life_.spawn(live());
}

Task<> PlainPeer::live() {
  co_await loop_.sleep_for(options_.comes_after);
  co_await join();
  if (!joined_) co_return;
  resting_ = true;
  co_await begin_.wait();  // no deadline: the experiment begins when all have come
  while (true) {
    Averager& averager = participant_.averager();
    const Time until = loop_.now() + options_.between_steps;
    co_await averager.await_newer_step(averager.steps_begun(), until);
    co_await step();
  }
}

Task<> PlainPeer::join() {
  if (options_.entrance.empty()) {
    participant_.found(options_.plan, std::nullopt);
    joined_ = true;
  } else {
    Participant::Application application;
    application.addresses = options_.entrance;
    const Time deadline = loop_.now() + joining_takes;
    const auto entered = co_await participant_.join(std::move(application), deadline);
    joined_ = entered.ok();
  }
  if (joined_) participant_.averager().observe(*this);
}

Task<> PlainPeer::step() {
  resting_ = false;
  StepRequest request;
  request.values = values_;
  auto outcome = co_await participant_.averager().step(std::move(request));
  values_ = std::move(outcome.values);
  resting_ = true;
}

void PlainPeer::leave() {
  life_.cancel();
  leaving_.spawn(take_leave());
}

Task<> PlainPeer::take_leave() {
  const Time deadline = loop_.now() + leaving_takes;
  co_await participant_.leave(deadline);
  left_ = true;
}

void PlainPeer::round_ended(const RoundReport& report, const WeightedVector& vector) {
  if (!options_.on_round_ended) return;
  host_.tell([this, report, vector] { options_.on_round_ended(report, vector); });
}

}  // namespace moshpit::sim
