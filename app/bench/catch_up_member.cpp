// One process of `moshpit bench catch-up`: a donor, one that lies, or the late peer.
#include <chrono>
#include <fmt/format.h>
#include <future>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "app/assembly.hpp"
#include "app/bench/catch_up.hpp"
#include "app/bench/known_values.hpp"
#include "app/bench/lying_donor.hpp"
#include "app/interrupt.hpp"
#include "app/output.hpp"
#include "app/participation.hpp"
#include "loop/real_loop.hpp"
#include "moshpit/moshpit.hpp"
#include "net/identity.hpp"
#include "net/tcp_transport.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Of the state. The steps that donors average meanwhile go on from there.
constexpr std::uint64_t state_step = 1;
constexpr auto longest_download = 10min;
// Often enough to strike a donor at a given fraction, and to see a short download at all.
constexpr auto glance = 20ms;

std::vector<float> state_values(const BenchCatchUpOptions& bench) {
  return known_values(PeerId(), state_step, bench.bytes / sizeof(float));
}

RunPlan plan_of(const BenchCatchUpOptions& bench) {
  RunPlan plan;
  plan.grid = Grid::create(std::max<std::uint32_t>(bench.honest(), 2), 1).value();
  plan.model = "bench-catch-up";
  plan.elements = std::max<std::uint64_t>(bench.averaging, 1024) / sizeof(float);
  return plan;
}

// Step after step, until it is killed or told to go.
void average(Peer& peer, const Output& output, const Interrupt& interrupt) {
  const auto values = known_values(peer.id(), state_step, peer.plan().elements);
  while (!interrupt.requested()) {
    StepRequest request;
    request.values = values;
    const auto began = Clock::now();
    const auto outcome = peer.average(std::move(request)).wait();
    const double took = std::chrono::duration<double>(Clock::now() - began).count();
    const bool whole =
        outcome && outcome->report.rounds.front().members.size() == peer.plan().grid.side();
    output.event({{"event", "step"}, {"seconds", took}, {"whole", whole}});
  }
}

int run_donor(const BenchCatchUpMember& part) {
  const Output output(true);
  const Interrupt interrupt;
  auto peer = start_or_join(plan_of(part.bench), part.invite, part.bench.peer);
  if (!peer) return output.fail(peer.error());
  output.event({{"event", "member"}, {"invite", peer->invite().text()}});
  peer->offer_state({state_step, state_values(part.bench)});
  output.event({{"event", "donor"}, {"peer", peer->id().text()}});
  if (part.bench.averaging > 0) {
    if (!wait_for_members(*peer, part.bench.honest(), output, interrupt)) return 1;
    average(*peer, output, interrupt);
  }
  while (!interrupt.requested()) interrupt.pause(1s);
  return 0;
}

int run_liar(const BenchCatchUpMember& part) {
  const Output output(true);
  const Interrupt interrupt;
  const auto invite = Invite::parse(part.invite);
  if (!invite) return output.fail(invite.error());
  const auto entrance = Address::parse(invite->addresses.front());
  if (!entrance) return output.fail(entrance.error());
  RealLoop loop;
  const Identity identity = Identity::ephemeral();
  Bandwidth bandwidth(part.bench.peer.bandwidth);
  auto transport = TcpTransport::listen(loop, identity, Address::parse("127.0.0.1:0").value(),
                                        Cover::encrypted, &bandwidth);
  if (!transport) return output.fail(transport.error());
  HashedState state(state_values(part.bench));
  std::optional<LyingDonor> donor(std::in_place, loop.loop(), **transport, identity,
                                  Membership{invite->run, invite->secret, false}, state_step,
                                  std::move(state));
  donor->join(*entrance);
  std::thread thread([&loop] { loop.run(); });
  output.event({{"event", "liar"}, {"peer", identity.id().text()}});
  while (!interrupt.requested()) interrupt.pause(1s);
  loop.post([&donor] { donor.reset(); });
  loop.stop();
  thread.join();
  return 0;
}

nlohmann::json dropped_in(const DownloadProgress& download) {
  nlohmann::json list = nlohmann::json::array();
  for (const DroppedDonor& one : download.dropped) {
    list.push_back({{"peer", one.id.text()}, {"lied", one.lied}, {"reason", one.reason}});
  }
  return list;
}

int run_late(const BenchCatchUpMember& part) {
  const Output output(true);
  const Interrupt interrupt;
  PeerOptions options = part.bench.peer;
  options.observer = true;
  auto peer = start_or_join(plan_of(part.bench), part.invite, options);
  if (!peer) return output.fail(peer.error());
  const auto began = Clock::now();
  const std::uint64_t before = peer->snapshot().bytes_received;
  auto download =
      std::async(std::launch::async, [&peer] { return peer->download_state(longest_download); });
  while (download.wait_for(glance) != std::future_status::ready) {
    const auto progress = peer->snapshot().download;
    if (!progress) continue;
    output.event({{"event", "progress"},
                  {"bytes", progress->bytes},
                  {"donors", progress->donors.size()},
                  {"sentence", progress->sentence}});
  }
  const double took = std::chrono::duration<double>(Clock::now() - began).count();
  const Snapshot snapshot = peer->snapshot();
  const auto state = download.get();
  if (!state) return output.fail(state.error());
  output.event({{"event", "downloaded"},
                {"seconds", took},
                {"bytes_received", snapshot.bytes_received - before},
                {"right", state->step == state_step && state->values == state_values(part.bench)},
                {"dropped", dropped_in(*snapshot.download)},
                {"sentence", snapshot.download->sentence}});
  return 0;
}

int run_member(const BenchCatchUpMember& member) {
  if (member.part == CatchUpPart::liar) return run_liar(member);
  if (member.part == CatchUpPart::late) return run_late(member);
  return run_donor(member);
}

}  // namespace

std::vector<std::string> arguments_of(const BenchCatchUpMember& member) {
  std::vector<std::string> words{"bench", "catch-up-member"};
  const auto add = [&words](const char* option, const std::string& value) {
    words.push_back(option);
    words.push_back(value);
  };
  add("--bytes", std::to_string(member.bench.bytes));
  add("--donors", std::to_string(member.bench.donors));
  add("--averaging", std::to_string(member.bench.averaging));
  add("--part", std::to_string(static_cast<int>(member.part)));
  const BandwidthLimit& limit = member.bench.peer.bandwidth;
  add("--bandwidth-limit", fmt::format("{}/{}", limit.up, limit.down));
  if (member.bench.corrupt_one) words.push_back("--corrupt-one");
  if (!member.invite.empty()) add("--invite", member.invite);
  return words;
}

void declare_bench_catch_up_member(CLI::App& bench, int& exit_code) {
  auto member = std::make_shared<BenchCatchUpMember>();
  CLI::App* command = bench.add_subcommand("catch-up-member", "What 'bench catch-up' starts");
  command->group("");  // not for a person
  command->add_option("--bytes", member->bench.bytes);
  command->add_option("--donors", member->bench.donors);
  command->add_option("--averaging", member->bench.averaging);
  command->add_option("--part", member->part);
  command->add_option("--invite", member->invite);
  command->add_flag("--corrupt-one", member->bench.corrupt_one);
  declare_bandwidth_limit(*command, member->bench.peer.bandwidth);
  command->callback([member, &exit_code] { exit_code = run_member(*member); });
}

}  // namespace moshpit
