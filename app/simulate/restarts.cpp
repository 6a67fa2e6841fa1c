#include "app/simulate/restarts.hpp"

#include <atomic>
#include <thread>

#include "app/simulate/progress_bar.hpp"
#include "experiment/averaging_run.hpp"

namespace moshpit {
namespace {

// Shorter if interrupted.
Curve run_restart(const AveragingPlan& plan, std::uint64_t seed, ProgressBar& bar,
                  const Interrupt& interrupt) {
  AveragingRun run(plan, seed);
  Curve curve{run.error()};
  while (curve.size() <= plan.rounds_max && !interrupt.requested()) {
    run.play_round();
    curve.push_back(run.error());
    bar.advance();
  }
  return curve;
}

}  // namespace

std::optional<std::vector<Curve>> run_restarts(const AveragingPlan& plan, const std::string& title,
                                               const Interrupt& interrupt) {
  ProgressBar bar(title, std::uint64_t{plan.restarts} * plan.rounds_max);
  const auto seeds = restart_seeds(plan);
  std::vector<Curve> curves(seeds.size());
  std::atomic<std::size_t> next{0};
  const auto run_some = [&] {
    for (std::size_t i = next++; i < seeds.size() && !interrupt.requested(); i = next++) {
      curves[i] = run_restart(plan, seeds[i], bar, interrupt);
    }
  };
  std::thread second;
  if (seeds.size() > 1 && std::thread::hardware_concurrency() > 1) second = std::thread(run_some);
  run_some();
  if (second.joinable()) second.join();
  if (interrupt.requested()) return std::nullopt;
  return curves;
}

}  // namespace moshpit
