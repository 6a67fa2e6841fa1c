#include "app/participation.hpp"

#include <nlohmann/json.hpp>

namespace moshpit {

void declare_bandwidth_limit(CLI::App& command, BandwidthLimit& limit, const std::string& name,
                             const std::string& whose) {
  const auto parse = [&limit, name](const std::string& text) {
    const auto parsed = BandwidthLimit::parse(text);
    if (!parsed) throw CLI::ValidationError(name, parsed.error().message());
    limit = *parsed;
  };
  command.add_option_function<std::string>(
      name, parse,
      "UP/DOWN of " + whose + " in bytes a second, as 10M/50M (M: a million; 0: no limit)");
}

namespace {

// CLI11 keeps what the options are bound to.
void declare_run_settings(CLI::App& command, RunSettings& settings) {
  for (const RunSetting& one : run_settings()) {
    const auto bind = [&](auto field) {
      command.add_option("--" + one.name, settings.*field, one.help)->capture_default_str();
    };
    std::visit(bind, one.field);
  }
}

// Once: if others cannot connect to this peer, why, and what to do.
void tell_advice(const Peer& peer, const Output& output) {
  const Snapshot now = peer.snapshot();
  if (now.advice.empty()) return;
  output.event({{"event", "unreachable"}, {"peer", peer.id().text()}, {"advice", now.advice}});
  output.say(now.advice + "\n");
}

}  // namespace

std::vector<std::string> settings_given(const CLI::App& command) {
  std::vector<std::string> given;
  for (const RunSetting& one : run_settings()) {
    if (command.count("--" + one.name) > 0) given.push_back(one.name);
  }
  return given;
}

void declare_participation(CLI::App& command, ParticipationOptions& options) {
  command.add_option(
      "--data", options.training.data.folder,
      "Folder of IDX files (the MNIST format, .gz or not); without it, drawn digits");
  command.add_option("--shard", options.training.data.shard, "Which part of the training set: I/N")
      ->capture_default_str();
  command.add_option("--batch", options.training.batch, "Images in a local step")
      ->capture_default_str()
      ->check(CLI::Range(1, 65536));
  command
      .add_option(
          "--effort", options.training.effort,
          "Share of a core that computing takes, as on a slower machine: the rest is left to "
          "whatever else this one does")
      ->capture_default_str()
      ->check(CLI::Range(0.01, 1.0));
  declare_run_settings(command, options.settings);
  command.add_option("--wait-for", options.training.wait_for,
                     "Members that must have joined before the first step");
  command.add_option("--save", options.training.save, "File for the final parameters, raw fp32");
  command.add_option("--checkpoints", options.training.checkpoints,
                     "Folder for checkpoints, from which 'moshpit run --resume' goes on");
  command
      .add_option("--checkpoint-seconds", options.training.checkpoint_seconds,
                  "Time between two of them")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command.add_option("--keep", options.training.keep, "So many of them are kept")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  command
      .add_option("--listen", options.peer.listen,
                  "HOST:PORT where others dial this peer; port 0: any")
      ->capture_default_str();
  command.add_option(
      "--advertise", options.peer.advertise,
      "HOST:PORT where others reach that address, if it is another one from outside");
  declare_bandwidth_limit(command, options.peer.bandwidth);
  command.add_flag("--outbound-only", options.peer.outbound_only, "Accept no connections");
  command.add_option("--identity", options.peer.identity,
                     "Key file, made on first use; without it, a new identity");
  command.add_option("--place", options.peer.place, "Place on the grid; without it, a free one");
  command.add_flag("--check-averaging", options.check.enabled,
                   "Average a random vector once instead of training");
  command.add_option("--check-index", options.check.index,
                     "With --check-averaging: seeds the vector");
  command.add_option("--check-weight", options.check.weight, "With --check-averaging: its weight")
      ->check(CLI::NonNegativeNumber);
  command.add_flag("--json", options.json, "One JSON object a line");
}

int take_part(Peer& peer, const Assignment& assignment, const ParticipationOptions& options,
              const Output& output, const Interrupt& interrupt) {
  const std::string invite = peer.invite().text();
  output.event({{"event", "member"},
                {"peer", peer.id().text()},
                {"invite", invite},
                {"addresses", peer.snapshot().addresses},
                {"step", peer.snapshot().step}});
  tell_advice(peer, output);
  output.say("Others join with:\n  moshpit join " + invite + "\n");
  if (assignment.learner) return train(peer, assignment, options.training, output, interrupt);
  AveragingCheckOptions check = options.check;
  check.wait_for = options.training.wait_for;
  check.save = options.training.save;
  return check_averaging(peer, check, output, interrupt);
}

}  // namespace moshpit
