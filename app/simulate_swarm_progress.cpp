#include "app/simulate_swarm_progress.hpp"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <unistd.h>

namespace moshpit {
namespace {

using namespace std::chrono_literals;

constexpr auto interval = 100ms;  // quick enough to look alive
constexpr std::size_t width = 30;

}  // namespace

SimulateSwarmProgress::SimulateSwarmProgress(const sim::Scenario& scenario)
    : peers_(scenario.peers),
      rounds_(scenario.peers * scenario.steps * scenario.grid.dimensions()),
      visible_(isatty(STDERR_FILENO) == 1) {}

void SimulateSwarmProgress::draw(const sim::ScenarioProgress& at) {
  const auto now = std::chrono::steady_clock::now();
  if (!visible_ || now < next_) return;
  next_ = now + interval;
  drawn_ = true;
  const std::size_t rounds = std::min(at.rounds_ended, rounds_);
  const std::size_t full = width * (at.joined + rounds) / (peers_ + rounds_);
  const std::string bar = std::string(full, '#') + std::string(width - full, '.');
  const std::string what = at.joined < peers_
                               ? fmt::format("{} of {} peers have joined", at.joined, peers_)
                               : fmt::format("{} of {} rounds", rounds, rounds_);
  const std::string line = fmt::format("\r[{}] {}, {:.1f} s of virtual time\033[K", bar, what,
                                       seconds(at.now.time_since_epoch()));
  std::fputs(line.c_str(), stderr);
  std::fflush(stderr);
}

void SimulateSwarmProgress::clear() {
  if (drawn_) std::fputs("\r\033[K", stderr);
  drawn_ = false;
}

}  // namespace moshpit
