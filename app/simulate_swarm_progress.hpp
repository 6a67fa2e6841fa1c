// SimulateSwarmProgress: how far a simulated run is, as one line that redraws itself on the
// terminal of standard error. Nothing if that is no terminal.
#pragma once

#include <chrono>

#include "sim/swarm/scenario.hpp"

namespace moshpit {

class SimulateSwarmProgress {
 public:
  explicit SimulateSwarmProgress(const sim::Scenario& scenario);

  void draw(const sim::ScenarioProgress& at);
  void clear();

 private:
  std::size_t peers_;
  std::size_t rounds_;  // summed over the peers
  bool visible_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point next_{};
};

}  // namespace moshpit
