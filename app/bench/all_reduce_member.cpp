// One member of `moshpit bench all-reduce`: joins, then averages one round after the other.
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/assembly.hpp"
#include "app/bench/all_reduce.hpp"
#include "app/bench/contest.hpp"
#include "app/bench/known_values.hpp"
#include "app/codec_option.hpp"
#include "app/interrupt.hpp"
#include "app/output.hpp"
#include "app/participation.hpp"
#include "app/round_events.hpp"
#include "moshpit/moshpit.hpp"

namespace moshpit {
namespace {

RunPlan plan_of(const BenchAllReduceMember& member) {
  RunPlan plan;
  plan.grid = Grid::create(member.peers, 1).value();
  plan.model = "bench-all-reduce";
  plan.elements = member.bytes / sizeof(float);
  plan.codec = member.codec;
  return plan;
}

// A round begins when its group stands, and ends when the result is in this thread's hands.
nlohmann::json round_line(const StepOutcome& outcome, const RoundWatch& watch) {
  const RoundReport& report = outcome.report.rounds.front();
  return {{"event", "round"},
          {"round", report.time.step},
          {"began", seconds((report.ended - report.reducing).time_since_epoch())},
          {"ended", watch.ended()},
          {"sent", watch.sent()},
          {"processor", watch.processor()},
          {"matching", seconds(report.matching)},
          {"phases", round_event(report).at("phases")},
          {"members", report.view.count()},
          {"error", error_of(outcome)}};
}

int average(Peer& peer, const BenchAllReduceMember& member, const Output& output) {
  RoundWatch watch;
  for (std::uint64_t step = 1; step <= member.rounds; ++step) {
    StepRequest request;
    request.step = step;
    request.values = known_values(peer.id(), step, peer.plan().elements);
    watch.start();
    const auto outcome = peer.average(std::move(request)).wait();
    watch.stop();
    if (!outcome) return output.fail(outcome.error());
    output.event(round_line(*outcome, watch));
  }
  return 0;
}

int run_member(const BenchAllReduceMember& member) {
  const Output output(true);
  const Interrupt interrupt;
  auto peer = start_or_join(plan_of(member), member.invite, member.peer);
  if (!peer) return output.fail(peer.error());
  output.event({{"event", "member"}, {"invite", peer->invite().text()}});
  if (!wait_for_members(*peer, member.peers, output, interrupt)) {
    return output.fail(Error(ErrorCode::unreachable, "The other peers of the bench did not come."));
  }
  return average(*peer, member, output);
}

}  // namespace

std::vector<std::string> arguments_of(const BenchAllReduceMember& member) {
  std::vector<std::string> words{
      "bench",   "all-reduce-member",          "--peers",  std::to_string(member.peers),
      "--bytes", std::to_string(member.bytes), "--rounds", std::to_string(member.rounds)};
  words.insert(words.end(), {"--codec", std::string(name_of(member.codec))});
  const BandwidthLimit& limit = member.peer.bandwidth;
  words.insert(words.end(), {"--bandwidth-limit", fmt::format("{}/{}", limit.up, limit.down)});
  if (member.peer.plaintext) words.push_back("--plaintext");
  if (!member.invite.empty()) words.insert(words.end(), {"--invite", member.invite});
  return words;
}

void declare_bench_all_reduce_member(CLI::App& bench, int& exit_code) {
  auto member = std::make_shared<BenchAllReduceMember>();
  CLI::App* command = bench.add_subcommand("all-reduce-member", "What 'bench all-reduce' starts");
  command->group("");  // not for a person
  command->add_option("--peers", member->peers);
  command->add_option("--bytes", member->bytes);
  command->add_option("--rounds", member->rounds);
  command->add_flag("--plaintext", member->peer.plaintext);
  declare_bandwidth_limit(*command, member->peer.bandwidth);
  declare_codec(*command, member->codec);
  command->add_option("--invite", member->invite);
  command->callback([member, &exit_code] { exit_code = run_member(*member); });
}

}  // namespace moshpit
