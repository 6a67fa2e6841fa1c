#include "app/bench/begin_again.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "app/bench/contender.hpp"
#include "app/bench/member_processes.hpp"

namespace moshpit {
namespace {

// Of sums of values in [-0.5, 0.5).
constexpr double rounding = 1e-6;

void add(BeginningAgain& slowest, const nlohmann::json& event) {
  slowest.normal = std::max(slowest.normal, event.at("normal").get<double>());
  slowest.noticed = std::max(slowest.noticed, event.at("noticed").get<double>());
  slowest.met = std::max(slowest.met, event.at("met").get<double>());
  slowest.ended = std::max(slowest.ended, event.at("ended").get<double>());
}

}  // namespace

Result<BeginningAgain> begin_again(const BenchKillOptions& options, const Interrupt& interrupt) {
  const auto program = program_of("gloo");
  if (!program) return program.error();
  MemberProcesses processes;
  const auto started = processes.start_other(
      *program, {"kill", std::to_string(options.peers), std::to_string(options.bytes),
                 std::to_string(BenchKillOptions::normal_rounds), std::to_string(options.at)});
  if (!started) return started.error();
  BeginningAgain slowest;
  std::size_t survivors = 0;
  while (processes.somebody_runs() && !interrupt.requested()) {
    for (const auto& event : processes.read()) {
      add(slowest, event);
      if (event.at("error") <= rounding) ++survivors;
    }
  }
  if (interrupt.requested() || survivors == options.peers - 1) return slowest;
  return Error(ErrorCode::unreachable, "gloo's survivors did not get through the round.");
}

}  // namespace moshpit
