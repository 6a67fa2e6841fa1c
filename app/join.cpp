// moshpit join: takes part in a run that somebody started.
#include <memory>
#include <string>

#include "app/commands.hpp"
#include "app/participation.hpp"

namespace moshpit {
namespace {

struct JoinOptions {
  ParticipationOptions participation;
  std::string invite;
};

Result<Peer> join(const JoinOptions& options, const Invite& invite, const Dataset& data) {
  const ParticipationOptions& own = options.participation;
  if (own.check.enabled) {
    const RunPlan plan = averaging_check_plan(Grid());
    return Peer::join_run(invite, plan.model, plan.elements, own.peer);
  }
  const ModelDescription model = describe_model(data, own.training.hidden);
  return Peer::join_run(invite, model.name, model.elements, own.peer);
}

int take_part_in(const JoinOptions& options) {
  const Output output(options.participation.json);
  const Interrupt interrupt;
  const auto invite = Invite::parse(options.invite);
  if (!invite) return output.fail(invite.error());
  const bool check = options.participation.check.enabled;
  const auto data = check ? Dataset() : load_data(options.participation.training.data);
  if (!data) return output.fail(data.error());
  auto peer = join(options, *invite, *data);
  if (!peer) return output.fail(peer.error());
  return take_part(*peer, *data, options.participation, output, interrupt);
}

}  // namespace

void declare_join(CLI::App& program, int& exit_code) {
  auto options = std::make_shared<JoinOptions>();
  CLI::App* command = program.add_subcommand("join", "Take part in a run");
  command->add_option("invite", options->invite, "As printed by 'moshpit run' or any peer")
      ->required();
  declare_participation(*command, options->participation);
  command->footer(
      "Examples:\n"
      "  moshpit join moshpit1:AbCd... --data fashion-mnist\n"
      "  moshpit join moshpit1:AbCd... --outbound-only   from behind a firewall");
  command->callback([options, &exit_code] { exit_code = take_part_in(*options); });
}

}  // namespace moshpit
