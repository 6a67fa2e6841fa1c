// moshpit join: takes part in a run that somebody started.
#include <memory>
#include <string>
#include <utility>

#include "app/commands.hpp"
#include "app/layers.hpp"
#include "app/participation.hpp"

namespace moshpit {
namespace {

struct JoinOptions {
  ParticipationOptions participation;
  std::string invite;
  std::string file;  // that settings were read from (layers.hpp)
  const CLI::App* command = nullptr;
};

// What the run says, unless this peer was told otherwise.
Result<RunSettings> agreed_settings(const JoinOptions& options, const RunPlan& plan) {
  auto settings = run_settings_from(plan.settings);
  if (!settings) return settings;
  const std::string conflict =
      difference(*settings, options.participation.settings, settings_given(*options.command));
  if (conflict.empty()) return settings;
  return Error(ErrorCode::incompatible,
               "This run's " + conflict + ": leave your settings out to take part with its own.");
}

Error other_model(const std::string& run, const std::string& own) {
  return Error(ErrorCode::incompatible, "This run trains '" + run + "' and your data make '" + own +
                                            "': bring data of the same kind.");
}

// Looks at the run without taking a place in it, and goes on as the other program if the run trains
// what this one cannot.
Result<void> become_what_the_run_needs(const JoinOptions& options, const Invite& invite) {
  if (has_torch() || !torch_program_is_there()) return {};
  PeerOptions looking = options.participation.peer;
  looking.observer = true;
  looking.place.reset();
  RunPlan plan;
  {
    const auto peer = Peer::join_run(invite, "", 0, looking);
    if (!peer) return peer.error();
    plan = peer->plan();
  }
  const auto settings = run_settings_from(plan.settings);
  if (!settings) return settings.error();
  if (needs_torch(*settings)) return become_torch_program();
  return {};
}

int check_averaging_with(const JoinOptions& options, const Invite& invite, const Output& output,
                         const Interrupt& interrupt) {
  const RunPlan plan = averaging_check_plan(Grid());
  auto peer = Peer::join_run(invite, plan.model, plan.elements, options.participation.peer);
  if (!peer) return output.fail(peer.error());
  return take_part(*peer, Assignment(), options.participation, output, interrupt);
}

int take_part_in(const JoinOptions& options) {
  const Output output(options.participation.json);
  const Interrupt interrupt;
  const auto invite = Invite::parse(options.invite);
  if (!invite) return output.fail(invite.error());
  if (options.participation.check.enabled) {
    return check_averaging_with(options, *invite, output, interrupt);
  }
  const auto fits = become_what_the_run_needs(options, *invite);
  if (!fits) return output.fail(fits.error());
  auto peer = Peer::join_run(*invite, "", 0, options.participation.peer);
  if (!peer) return output.fail(peer.error());
  const auto settings = agreed_settings(options, peer->plan());
  if (!settings) return output.fail(settings.error());
  const auto learner = make_learner(*settings, options.participation.training.data);
  if (!learner) return output.fail(learner.error());
  if ((*learner)->name() != peer->plan().model) {
    return output.fail(other_model(peer->plan().model, (*learner)->name()));
  }
  return take_part(*peer, {learner->get(), *settings}, options.participation, output, interrupt);
}

}  // namespace

void declare_join(CLI::App& program, int& exit_code) {
  auto options = std::make_shared<JoinOptions>();
  CLI::App* command = program.add_subcommand("join", "Take part in a run");
  command->add_option("invite", options->invite, "As printed by 'moshpit run' or any peer")
      ->required();
  declare_participation(*command, options->participation);
  options->command = command;
  command->footer(
      "Examples:\n"
      "  moshpit join moshpit1:AbCd... --data fashion-mnist\n"
      "  moshpit join moshpit1:AbCd... --outbound-only   from behind a firewall");
  declare_layers(*command, options->file);
  command->callback([options, &exit_code] { exit_code = take_part_in(*options); });
}

}  // namespace moshpit
