// One member of `moshpit bench endure`: averages one step after the other until it is told to
// leave.
#include <chrono>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "app/assembly.hpp"
#include "app/bench/endure.hpp"
#include "app/bench/known_values.hpp"
#include "app/interrupt.hpp"
#include "app/output.hpp"
#include "base/hash.hpp"
#include "base/random.hpp"
#include "moshpit/moshpit.hpp"

namespace moshpit {
namespace {

// Local work between steps, of one length for nobody.
constexpr std::uint64_t shortest_pause_ms = 50;
constexpr std::uint64_t pause_spread_ms = 100;
constexpr std::chrono::milliseconds local_step(10);

// The grid follows the members, so that its groups are small and change every round.
RunPlan plan_of(const BenchEndureMember& member) {
  RunPlan plan;
  plan.grid = Grid::create(2, 1).value();
  plan.largest_group = 4;
  plan.model = "bench-endure";
  plan.elements = member.bytes / sizeof(float);
  return plan;
}

std::string view_of(const RoundReport& report) {
  std::string view;
  for (std::size_t i = 0; i < report.members.size(); ++i) {
    if (report.view[i]) view += report.members[i].brief() + " ";
  }
  return view;
}

// Whoever asks for a step may find the others at the next one, so a member brings the same values
// to each: those of step 0.
constexpr std::uint64_t step_of_values = 0;

// What a member contributes to the first round of a step is known, and nothing else.
nlohmann::json round_line(const RoundReport& report, std::span<const float> after) {
  const bool known = report.time.round == 0 && !report.members.empty();
  return {{"id", report.members.empty() ? "" : report.id.text()},
          {"view", view_of(report)},
          {"digest", RoundId{sha256(std::as_bytes(after))}.text()},
          {"ended", seconds(report.ended.time_since_epoch())},
          {"reducing", seconds(report.reducing)},
          {"deadline", seconds(report.deadline)},
          {"error", known ? error_of(report, step_of_values, after) : 0}};
}

nlohmann::json step_line(const StepOutcome& outcome) {
  nlohmann::json rounds = nlohmann::json::array();
  for (std::size_t i = 0; i < outcome.report.rounds.size(); ++i) {
    rounds.push_back(round_line(outcome.report.rounds[i], outcome.values_after_round[i]));
  }
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages >> pages;  // the second number is what is resident
  const auto descriptors = std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                                         std::filesystem::directory_iterator());
  return {{"event", "step"},
          {"step", outcome.report.step},
          {"rounds", rounds},
          {"memory", pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE))},
          {"descriptors", descriptors}};
}

// Whoever is done with its local work begins the next step, and the others follow at once.
void work(const Peer& peer, std::uint64_t last, Random& random, const Interrupt& interrupt) {
  std::chrono::milliseconds left(shortest_pause_ms + random.below(pause_spread_ms));
  for (; left.count() > 0 && peer.newest_step() <= last; left -= local_step) {
    interrupt.pause(local_step);
  }
}

int run_member(const BenchEndureMember& member) {
  const Output output(true);
  const Interrupt interrupt;
  auto peer = start_or_join(plan_of(member), member.invite, {});
  if (!peer) return output.fail(peer.error());
  output.event({{"event", "member"}, {"invite", peer->invite().text()}});
  Random random(read_little_endian<std::uint64_t>(peer->id().bytes));
  std::uint64_t last = 0;
  while (!interrupt.requested()) {
    work(*peer, last, random, interrupt);
    StepRequest request;
    request.step = std::max(last + 1, peer->newest_step());
    request.values = known_values(peer->id(), step_of_values, peer->plan().elements);
    request.keep_each_round = true;
    const auto outcome = peer->average(std::move(request)).wait();
    if (!outcome) return output.fail(outcome.error());
    last = outcome->report.step;
    output.event(step_line(*outcome));
  }
  return 0;
}

}  // namespace

std::vector<std::string> arguments_of(const BenchEndureMember& member) {
  std::vector<std::string> words{"bench", "endure-member", "--bytes", std::to_string(member.bytes)};
  if (!member.invite.empty()) words.insert(words.end(), {"--invite", member.invite});
  return words;
}

void declare_bench_endure_member(CLI::App& bench, int& exit_code) {
  auto member = std::make_shared<BenchEndureMember>();
  CLI::App* command = bench.add_subcommand("endure-member", "What 'bench endure' starts");
  command->group("");  // not for a person
  command->add_option("--bytes", member->bytes);
  command->add_option("--invite", member->invite);
  command->callback([member, &exit_code] { exit_code = run_member(*member); });
}

}  // namespace moshpit
