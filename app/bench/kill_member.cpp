// One member of `moshpit bench kill`: averages some rounds, and if it is a victim kills or freezes
// itself in the last one.
#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "app/assembly.hpp"
#include "app/bench/kill.hpp"
#include "app/bench/known_values.hpp"
#include "app/interrupt.hpp"
#include "app/output.hpp"
#include "base/hash.hpp"
#include "moshpit/ids.hpp"
#include "moshpit/moshpit.hpp"

namespace moshpit {
namespace {

RunPlan plan_of(const BenchKillOptions& bench) {
  RunPlan plan;
  plan.grid = Grid::create(bench.peers, 1).value();
  plan.model = "bench-kill";
  plan.elements = bench.bytes / sizeof(float);
  return plan;
}

double stood(const RoundReport& report) {
  return seconds((report.ended - report.reducing).time_since_epoch());
}

nlohmann::json round_line(const StepOutcome& outcome) {
  const RoundReport& report = outcome.report.rounds.front();
  const auto bytes = std::as_bytes(std::span(outcome.values));
  return {{"event", "round"},
          {"step", report.time.step},
          {"stood", stood(report)},
          {"ended", seconds(report.ended.time_since_epoch())},
          {"members", report.members.size()},
          {"view", report.view.count()},
          {"take_overs", report.take_overs},
          {"lost", report.lost.size()},
          {"error", error_of(outcome)},
          {"digest", RoundId{sha256(bytes)}.text()}};
}

class Member {
 public:
  Member(Peer& peer, const BenchKillMember& part, const Output& output, const Interrupt& interrupt)
      : peer_(peer), part_(part), output_(output), interrupt_(interrupt) {}

  int run() {
    const std::uint64_t last = BenchKillOptions::normal_rounds + 1;
    for (std::uint64_t step = 1; step <= last; ++step) {
      const std::uint64_t moved_before = moved();
      StepRequest request;
      request.step = step;
      request.values = known_values(peer_.id(), step, peer_.plan().elements);
      auto handle = peer_.average(std::move(request));
      if (part_.victim && step == last) strike(handle, moved_before);
      const auto outcome = handle.wait();
      if (!outcome) return output_.fail(outcome.error());
      const RoundReport& report = outcome->report.rounds.front();
      normal_ = report.bytes_sent + report.bytes_received;
      output_.event(round_line(*outcome));
    }
    // Who leaves answers nobody any more, and the others may have to ask what it holds: whoever
    // started this process ends it.
    while (!interrupt_.requested()) interrupt_.pause(std::chrono::seconds(1));
    return 0;
  }

 private:
  std::uint64_t moved() const {
    const Snapshot snapshot = peer_.snapshot();
    return snapshot.bytes_sent + snapshot.bytes_received;
  }

  // When it has moved that fraction of the bytes of a normal round: no clock says when the group
  // stands and how fast the round is.
  void strike(const StepHandle& handle, std::uint64_t moved_before) {
    const double wanted = part_.bench.at * static_cast<double>(normal_);
    while (!handle.ready() && static_cast<double>(moved() - moved_before) < wanted) {
      interrupt_.pause(std::chrono::milliseconds(1));
    }
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    output_.event({{"event", "strike"}, {"at", std::chrono::duration<double>(now).count()}});
    kill(getpid(), part_.bench.freeze ? SIGSTOP : SIGKILL);
  }

  Peer& peer_;
  const BenchKillMember& part_;
  const Output& output_;
  const Interrupt& interrupt_;
  std::uint64_t normal_ = 0;  // bytes that a round moves here, both ways
};

int run_member(const BenchKillMember& part) {
  const Output output(true);
  const Interrupt interrupt;
  auto peer = start_or_join(plan_of(part.bench), part.invite, {});
  if (!peer) return output.fail(peer.error());
  output.event({{"event", "member"}, {"invite", peer->invite().text()}});
  if (!wait_for_members(*peer, part.bench.peers, output, interrupt)) {
    return output.fail(Error(ErrorCode::unreachable, "The other peers of the bench did not come."));
  }
  return Member(*peer, part, output, interrupt).run();
}

}  // namespace

std::vector<std::string> arguments_of(const BenchKillMember& member) {
  std::vector<std::string> words{"bench", "kill-member"};
  const auto add = [&words](const char* option, const std::string& value) {
    words.push_back(option);
    words.push_back(value);
  };
  add("--peers", std::to_string(member.bench.peers));
  add("--bytes", std::to_string(member.bench.bytes));
  add("--at", std::to_string(member.bench.at));
  add("--index", std::to_string(member.index));
  if (!member.invite.empty()) add("--invite", member.invite);
  if (member.bench.freeze) words.push_back("--freeze");
  if (member.victim) words.push_back("--victim");
  return words;
}

void declare_bench_kill_member(CLI::App& bench, int& exit_code) {
  auto member = std::make_shared<BenchKillMember>();
  CLI::App* command = bench.add_subcommand("kill-member", "What 'bench kill' starts");
  command->group("");  // not for a person
  command->add_option("--peers", member->bench.peers);
  command->add_option("--bytes", member->bench.bytes);
  command->add_option("--at", member->bench.at);
  command->add_option("--index", member->index);
  command->add_option("--invite", member->invite);
  command->add_flag("--freeze", member->bench.freeze);
  command->add_flag("--victim", member->victim);
  command->callback([member, &exit_code] { exit_code = run_member(*member); });
}

}  // namespace moshpit
