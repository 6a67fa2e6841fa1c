// moshpit experiment: the experiments for which the paper is known, in virtual time with real
// gradients.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "app/commands.hpp"
#include "app/experiment/albert.hpp"
#include "app/experiment/federated.hpp"
#include "app/experiment/kills.hpp"
#include "app/experiment/preemption.hpp"
#include "app/experiment/resnet.hpp"
#include "app/mode_option.hpp"
#include "app/simulate/whole_number.hpp"
#include "experiment/training/methods.hpp"

namespace moshpit {
namespace {

// What all experiments have in common.
template <class Options, class Run>
void when_called(CLI::App& command, const std::shared_ptr<Options>& options, Run run,
                 int& exit_code) {
  command.add_flag("--json", options->json, "One JSON object a line");
  command.callback([options, run, &exit_code] {
    const Output output(options->json);
    const Interrupt interrupt;
    exit_code = run(*options, output, interrupt);
  });
}

void declare_resnet(CLI::App& experiment, int& exit_code) {
  auto options = std::make_shared<ResNetExperiment>();
  CLI::App* command = experiment.add_subcommand(
      "resnet", "Moshpit SGD, all-reduce, a parameter server and gossip on the paper's devices");
  command
      ->add_option("--cluster", options->cluster, "homogeneous (16 devices) or heterogeneous (81)")
      ->check(CLI::IsMember({"homogeneous", "heterogeneous"}))
      ->capture_default_str();
  command
      ->add_option("--model", options->model,
                   "mlp, one hidden layer; or resnet, a small residual network (needs LibTorch)")
      ->check(CLI::IsMember({"mlp", "resnet"}))
      ->capture_default_str();
  std::vector<std::string> words;
  for (const MethodDescription& method : methods) words.emplace_back(method.word);
  command
      ->add_option("--methods", options->methods,
                   "Compare only these, as ar-sgd,ad-psgd,moshpit-sgd-overlap")
      ->delimiter(',')
      ->check(CLI::IsMember(words));
  command
      ->add_option("--passes", options->passes,
                   "Over the training set, on 16 devices; without it as many as fit the time")
      ->check(CLI::Range(0.01, 10'000.0));
  command->add_option("--data", options->data,
                      "Folder with a data set in IDX format; digits are drawn without it");
  command->add_flag("--quick", options->quick,
                    "20 minutes of two processors for 16 devices, two hours for 81");
  command->add_option("--seeds", options->seeds, "Runs of each method as it is compared")
      ->check(whole_number())
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command
      ->add_option("--results", options->results,
                   "Folder in which finished runs are kept, and found again by the next call")
      ->capture_default_str();
  command->add_option("--plot", options->plot, "Draw accuracy against time into this SVG file");
  command->footer(
      "Examples:\n"
      "  moshpit experiment resnet --cluster heterogeneous --quick --data fashion-mnist\n"
      "  moshpit experiment resnet --cluster homogeneous --json\n"
      "  moshpit experiment resnet --model resnet --quick --data fashion-mnist\n");
  when_called(*command, options, run_resnet_experiment, exit_code);
}

void declare_albert(CLI::App& experiment, int& exit_code) {
  auto options = std::make_shared<AlbertExperiment>();
  CLI::App* command = experiment.add_subcommand(
      "albert", "A small ALBERT on 66 unequal peers that come and go, and on one fast machine");
  command->add_option("--data", options->data, "File or folder of text")->required();
  command->add_flag("--quick", options->quick, "In at most 20 minutes of two processors");
  command
      ->add_option("--steps", options->steps,
                   "Of the optimizer; without it, 40 with --quick and else 500")
      ->check(CLI::Range(5, 1'000'000));
  command
      ->add_option("--results", options->results,
                   "Folder in which finished runs are kept, and found again by the next call")
      ->capture_default_str();
  command->add_option("--plot", options->plot, "Draw loss against time into this SVG file");
  command->footer(
      "Examples:\n"
      "  moshpit experiment albert --quick --data classic-books --plot albert.svg\n"
      "  moshpit experiment albert --data my-text.txt --json\n");
  when_called(*command, options, run_albert_experiment, exit_code);
}

void declare_kills(CLI::App& experiment, int& exit_code) {
  auto options = std::make_shared<KillsExperiment>();
  CLI::App* command = experiment.add_subcommand(
      "kills", "The loss of a run whose peers are killed all the time, and of one left alone");
  SurvivalPlan& plan = options->plan;
  command->add_option("--peers", plan.peers, "Peers at a time")
      ->check(CLI::Range(2, 4096))
      ->capture_default_str();
  command->add_option("--kills", plan.kills, "That many die, and as many come in their places")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  command->add_option("--batches", plan.batches, "Of a peer that lives to the end, 1 s each")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command->add_option("--period", plan.period, "Local steps between averaging steps")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command->add_option("--seed", plan.seed, "Of everything that is drawn")->capture_default_str();
  declare_mode(*command, plan.mode);
  command->add_option("--data", options->data,
                      "Folder with labelled images; digits are drawn without it");
  when_called(*command, options, run_kills_experiment, exit_code);
}

void declare_preemption(CLI::App& experiment, int& exit_code) {
  auto options = std::make_shared<PreemptionExperiment>();
  CLI::App* command = experiment.add_subcommand(
      "preemption", "Real processes on this machine that are killed while they train together");
  PreemptionPlan& plan = options->plan;
  command->add_option("--data", plan.data,
                      "Text to train on, file or folder; of other models, as 'moshpit run' has it");
  for (const RunSetting& one : run_settings()) {
    const auto bind = [&](auto field) {
      command->add_option("--" + one.name, plan.settings.*field, one.help)->capture_default_str();
    };
    std::visit(bind, one.field);
  }
  command->add_option("--peers", options->peers, "Processes at a time; their group is one")
      ->check(CLI::Range(2, 16))
      ->capture_default_str();
  command->add_option("--steps", plan.steps, "Of all together; without it, 400 or 1200")
      ->check(CLI::Range(1, 1'000'000));
  command->add_option("--target-batch", plan.target_batch, "Samples of all together in a step")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command
      ->add_option("--kill-every", plan.kill_every,
                   "Seconds from one SIGKILL to the next, on the mean")
      ->check(CLI::Range(0.1, 1e6))
      ->capture_default_str();
  command->add_option("--away", plan.away, "Seconds until a new process comes, on the mean")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  command->add_option("--seed", plan.seed, "Of everything that is drawn")->capture_default_str();
  command->add_flag("--quick", options->quick, "In at most 20 minutes of two processors");
  command->add_option("--plot", options->plot, "Draw the losses into this SVG file");
  command->footer(
      "Exit code 1 if no peer came to the end of the run, or if it hung.\n"
      "Examples:\n"
      "  moshpit experiment preemption --quick --data classic-books --plot preemption.svg");
  when_called(*command, options, run_preemption_experiment, exit_code);
}

void declare_federated(CLI::App& experiment, int& exit_code) {
  auto options = std::make_shared<FederatedExperiment>();
  CLI::App* command = experiment.add_subcommand(
      "federated", "Peers that keep one-sided data and come and go, beside FedAvg with a server");
  FederatedPlan& plan = options->plan;
  command->add_option("--data", options->data,
                      "Folder with labelled images; digits are drawn without it");
  command->add_option("--peers", plan.peers, "Peers at a time")
      ->check(CLI::Range(4, 1024))
      ->capture_default_str();
  command
      ->add_option("--concentration", plan.concentration,
                   "Of the Dirichlet split by class: the smaller, the more one-sided")
      ->check(CLI::Range(0.001, 1e6))
      ->capture_default_str();
  command
      ->add_option("--outbound-only", plan.outbound_only,
                   "Share of peers that accept no connection")
      ->check(CLI::Range(0.0, 0.95))
      ->capture_default_str();
  command
      ->add_option("--departures", plan.departures,
                   "So often a peer leaves or dies in the run, on the mean")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  command->add_option("--period", plan.period, "Local steps between averaging steps")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command->add_option("--seeds", options->seeds, "Runs of each method as it is compared")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command->add_option("--seed", plan.seed, "The first of them")->capture_default_str();
  command->add_flag("--quick", options->quick, "In at most 20 minutes of two processors");
  command->add_option("--plot", options->plot, "Draw accuracy against samples into this SVG file");
  command->footer(
      "Examples:\n"
      "  moshpit experiment federated --quick --data fashion-mnist --plot federated.svg\n"
      "  moshpit experiment federated --concentration 0.1 --json\n");
  when_called(*command, options, run_federated_experiment, exit_code);
}

}  // namespace

void declare_experiment(CLI::App& program, int& exit_code) {
  CLI::App* experiment = program.add_subcommand(
      "experiment", "Experiments of the paper with real gradients, in virtual time");
  experiment->require_subcommand(1);
  declare_resnet(*experiment, exit_code);
  declare_albert(*experiment, exit_code);
  declare_kills(*experiment, exit_code);
  declare_preemption(*experiment, exit_code);
  declare_federated(*experiment, exit_code);
}

}  // namespace moshpit
