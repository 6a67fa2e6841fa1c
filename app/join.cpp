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

int check_averaging_with(const JoinOptions& options, const Invite& invite, const Output& output,
                         const Interrupt& interrupt) {
  const RunPlan plan = averaging_check_plan(Grid());
  auto peer = Peer::join_run(invite, plan.model, plan.elements, options.participation.peer);
  if (!peer) return output.fail(peer.error());
  return take_part(*peer, nullptr, options.participation, output, interrupt);
}

int take_part_in(const JoinOptions& options) {
  const Output output(options.participation.json);
  const Interrupt interrupt;
  const auto invite = Invite::parse(options.invite);
  if (!invite) return output.fail(invite.error());
  if (options.participation.check.enabled) {
    return check_averaging_with(options, *invite, output, interrupt);
  }
  const auto learner = make_learner(options.participation.training);
  if (!learner) return output.fail(learner.error());
  // How many values that are follows from how the run trains, which the plan says.
  auto peer = Peer::join_run(*invite, (*learner)->name(), 0, options.participation.peer);
  if (!peer) return output.fail(peer.error());
  return take_part(*peer, learner->get(), options.participation, output, interrupt);
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
