// moshpit status: who takes part in a run and how far they are.
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "app/commands.hpp"
#include "app/interrupt.hpp"
#include "app/output.hpp"
#include "moshpit/moshpit.hpp"

namespace moshpit {
namespace {

struct StatusOptions {
  std::string invite;
  bool json = false;
};

nlohmann::json as_json(const MemberStatus& member) {
  return {{"peer", member.id.text()}, {"step", member.step},   {"local_steps", member.local_steps},
          {"loss", member.loss},      {"place", member.place}, {"addresses", member.addresses}};
}

void print(const Output& output, const RunPlan& plan, const Grid& grid,
           const std::vector<MemberStatus>& members) {
  nlohmann::json list = nlohmann::json::array();
  for (const MemberStatus& member : members) list.push_back(as_json(member));
  output.event({{"event", "status"},
                {"model", plan.model},
                {"grid", grid.text()},
                {"steps", plan.steps},
                {"members", list}});
  output.say(
      fmt::format("{} on the grid {}, {} members\n", plan.model, grid.text(), members.size()));
  output.say("peer      step  local steps    loss  place    address");
  for (const MemberStatus& member : members) {
    const std::string address = member.addresses.empty() ? "outbound only" : member.addresses[0];
    output.say(fmt::format("{}  {:4}  {:11}  {:6.3f}  {:7}  {}", member.id.brief(), member.step,
                           member.local_steps, member.loss, member.place, address));
  }
}

int show_status(const StatusOptions& options) {
  const Output output(options.json);
  const Interrupt interrupt;
  const auto invite = Invite::parse(options.invite);
  if (!invite) return output.fail(invite.error());
  PeerOptions watcher;
  watcher.outbound_only = true;
  watcher.observer = true;
  const auto peer = Peer::join_run(*invite, "", 0, watcher);
  if (!peer) return output.fail(peer.error());
  print(output, peer->plan(), peer->snapshot().grid, peer->members());
  return 0;
}

}  // namespace

void declare_status(CLI::App& program, int& exit_code) {
  auto options = std::make_shared<StatusOptions>();
  CLI::App* command = program.add_subcommand("status", "Show who takes part in a run");
  command->add_option("invite", options->invite, "As printed by 'moshpit run' or any peer")
      ->required();
  command->add_flag("--json", options->json, "One JSON object a line");
  command->footer("Example:\n  moshpit status moshpit1:AbCd...");
  command->callback([options, &exit_code] { exit_code = show_status(*options); });
}

}  // namespace moshpit
