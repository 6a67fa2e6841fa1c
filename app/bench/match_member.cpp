// One member of `moshpit bench match`: joins, then begins one round after the other, each after a
// pause of its own.
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/assembly.hpp"
#include "app/bench/match.hpp"
#include "app/output.hpp"
#include "base/random.hpp"
#include "moshpit/moshpit.hpp"

namespace moshpit {
namespace {

// Members of a training run do not begin a step at the same moment; the last one to announce itself
// is the one that counts.
constexpr std::uint64_t pause_spread_ms = 50;
// Who begins a step calls everybody else out of the one before it, so all get the time to end that.
constexpr std::uint64_t pause_ms = 50;
// The values do not matter here, only that there are some.
constexpr std::size_t elements = 64;

RunPlan plan_of(const Grid& grid) {
  RunPlan plan;
  plan.grid = grid;
  plan.model = "bench-match";
  plan.elements = elements;
  return plan;
}

Result<Peer> take_part(const BenchMatchMember& member) {
  const auto grid = Grid::parse(member.bench.grid);
  if (!grid) return grid.error();
  PeerOptions options;
  options.outbound_only = member.index + member.bench.outbound_only >= member.bench.peers;
  return start_or_join(plan_of(*grid), member.invite, options);
}

nlohmann::json sighting(std::uint64_t index, const RoundReport& report) {
  const bool alone = report.members.empty();
  const double stood = seconds((report.ended - report.reducing).time_since_epoch());
  return {{"event", "sighting"},
          {"step", report.time.step},
          {"round", report.time.round},
          {"group", alone ? "alone " + std::to_string(index) : report.id.text()},
          {"members", report.members.size()},
          {"announced", stood - seconds(report.matching)},
          {"stood", stood}};
}

// Where groups have guests, how long they wait counts from the beginning of the step. So a member
// begins it, as those who train do, soon after the first one has.
void pause_before(std::uint64_t step, std::chrono::milliseconds pause, const Peer& peer,
                  const Interrupt& interrupt) {
  constexpr std::chrono::milliseconds local_step(10);
  for (; pause > local_step && peer.newest_step() < step; pause -= local_step) {
    interrupt.pause(local_step);
  }
  if (peer.newest_step() < step) interrupt.pause(pause);
}

int find_groups(Peer& peer, const BenchMatchMember& member, const Output& output,
                const Interrupt& interrupt) {
  Random random(member.bench.seed + member.index);
  const std::uint64_t steps = steps_of(member.bench, peer.plan().grid);
  for (std::uint64_t step = 1; step <= steps; ++step) {
    const std::chrono::milliseconds pause(pause_ms + random.below(pause_spread_ms + 1));
    if (member.bench.outbound_only > 0) {
      pause_before(step, pause, peer, interrupt);
    } else {
      interrupt.pause(pause);
    }
    if (interrupt.requested()) return Interrupt::exit_code;
    StepRequest request;
    request.step = step;
    request.values.assign(elements, 1.0f);
    const auto outcome = peer.average(std::move(request)).wait();
    if (!outcome) return output.fail(outcome.error());
    for (const auto& round : outcome->report.rounds) output.event(sighting(member.index, round));
  }
  return 0;
}

int run_member(const BenchMatchMember& member) {
  const Output output(true);
  const Interrupt interrupt;
  auto peer = take_part(member);
  if (!peer) return output.fail(peer.error());
  output.event({{"event", "member"}, {"invite", peer->invite().text()}});
  if (!wait_for_members(*peer, member.bench.peers, output, interrupt)) {
    return output.fail(Error(ErrorCode::unreachable, "The other peers of the bench did not come."));
  }
  return find_groups(*peer, member, output, interrupt);
}

}  // namespace

std::uint64_t steps_of(const BenchMatchOptions& options, const Grid& grid) {
  return (options.rounds + grid.dimensions() - 1) / grid.dimensions();
}

std::vector<std::string> arguments_of(const BenchMatchMember& member) {
  std::vector<std::string> words{"bench", "match-member"};
  const auto add = [&words](const char* option, const std::string& value) {
    words.push_back(option);
    words.push_back(value);
  };
  add("--peers", std::to_string(member.bench.peers));
  add("--rounds", std::to_string(member.bench.rounds));
  add("--grid", member.bench.grid);
  add("--outbound-only", std::to_string(member.bench.outbound_only));
  add("--seed", std::to_string(member.bench.seed));
  add("--index", std::to_string(member.index));
  if (!member.invite.empty()) add("--invite", member.invite);
  return words;
}

void declare_bench_match_member(CLI::App& bench, int& exit_code) {
  auto member = std::make_shared<BenchMatchMember>();
  CLI::App* command = bench.add_subcommand("match-member", "What 'bench match' starts");
  command->group("");  // not for a person
  command->add_option("--peers", member->bench.peers);
  command->add_option("--rounds", member->bench.rounds);
  command->add_option("--grid", member->bench.grid);
  command->add_option("--outbound-only", member->bench.outbound_only);
  command->add_option("--seed", member->bench.seed);
  command->add_option("--index", member->index);
  command->add_option("--invite", member->invite);
  command->callback([member, &exit_code] { exit_code = run_member(*member); });
}

}  // namespace moshpit
