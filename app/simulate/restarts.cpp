#include "app/simulate/restarts.hpp"

#include <atomic>
#include <thread>

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

std::uint32_t count_rounds_of_restart(const AveragingPlan& plan, std::uint64_t seed,
                                      const Interrupt& interrupt) {
  AveragingRun run(plan, seed);
  for (std::uint32_t round = 1; round <= plan.rounds_max && !interrupt.requested(); ++round) {
    run.play_round();
    if (run.error() <= plan.target) return round;
  }
  return plan.rounds_max + 1;
}

// `restart` takes a seed. Nothing if interrupted.
template <class Outcome, class Restart>
std::optional<std::vector<Outcome>> play_all(const AveragingPlan& plan, const Interrupt& interrupt,
                                             Restart restart) {
  const auto seeds = restart_seeds(plan);
  std::vector<Outcome> outcomes(seeds.size());
  std::atomic<std::size_t> next{0};
  const auto run_some = [&] {
    for (std::size_t i = next++; i < seeds.size() && !interrupt.requested(); i = next++) {
      outcomes[i] = restart(seeds[i]);
    }
  };
  std::thread second;
  if (seeds.size() > 1 && std::thread::hardware_concurrency() > 1) second = std::thread(run_some);
  run_some();
  if (second.joinable()) second.join();
  if (interrupt.requested()) return std::nullopt;
  return outcomes;
}

}  // namespace

std::optional<std::vector<Curve>> run_restarts(const AveragingPlan& plan, const std::string& title,
                                               const Interrupt& interrupt) {
  ProgressBar bar(title, std::uint64_t{plan.restarts} * plan.rounds_max);
  return play_all<Curve>(
      plan, interrupt, [&](std::uint64_t seed) { return run_restart(plan, seed, bar, interrupt); });
}

std::optional<std::vector<std::uint32_t>> count_rounds(const AveragingPlan& plan, ProgressBar& bar,
                                                       const Interrupt& interrupt) {
  return play_all<std::uint32_t>(plan, interrupt, [&](std::uint64_t seed) {
    const std::uint32_t rounds = count_rounds_of_restart(plan, seed, interrupt);
    bar.advance();
    return rounds;
  });
}

}  // namespace moshpit
