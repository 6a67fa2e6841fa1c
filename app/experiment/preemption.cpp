#include "app/experiment/preemption.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/picture_file.hpp"
#include "experiment/line_chart.hpp"

namespace moshpit {
namespace {

// Eight unequal machines of two cores together, a fourth of the fastest's speed the slowest, on
// lines of 16 to 96 Mb/s up and twice that down, as homes and small offices have them.
const std::array<Machine, 8> machines{{{0.40, 8, "12M/24M"},
                                       {0.35, 8, "10M/20M"},
                                       {0.30, 8, "8M/16M"},
                                       {0.25, 4, "6M/12M"},
                                       {0.25, 4, "5M/10M"},
                                       {0.20, 4, "4M/8M"},
                                       {0.15, 2, "3M/6M"},
                                       {0.10, 2, "2M/4M"}}};
constexpr std::uint32_t whole_batch = 8;  // of the one process; accumulated, as the others' are
// The loss still falls fast after them, and both runs take less than 20 and 60 minutes.
constexpr std::uint64_t quick_steps = 400;
constexpr std::uint64_t full_steps = 1200;
// Points of a curve: the mean of so many steps is one.
constexpr std::size_t drawn_points = 60;

std::vector<Machine> devices(std::uint32_t peers) {
  std::vector<Machine> all;
  for (std::uint32_t i = 0; i < peers; ++i) all.push_back(machines[i % machines.size()]);
  return all;
}

// One process alone with the batch and the steps that the others came to.
PreemptionPlan alone(const PreemptionPlan& plan, const TrainingTally::Counts& counts) {
  PreemptionPlan one = plan;
  one.devices = {{1, whole_batch, ""}};
  one.kill_every = 0;
  one.target_batch = counts.samples / static_cast<double>(counts.steps);
  one.steps = counts.steps;
  return one;
}

Curve curve(const std::string& name, const TrainingTally& tally, bool by_time) {
  const auto points = tally.curve();
  const std::size_t bin = (points.size() + drawn_points - 1) / drawn_points;
  Curve drawn{name, {}};
  for (std::size_t i = 0; i < points.size(); i += bin) {
    const std::size_t end = std::min(points.size(), i + bin);
    double loss = 0;
    for (std::size_t k = i; k < end; ++k) loss += points[k].loss / static_cast<double>(end - i);
    const TrainingTally::Point& last = points[end - 1];
    drawn.points.emplace_back(by_time ? last.seconds / 60 : last.samples, loss);
  }
  return drawn;
}

std::string picture(const PreemptionOutcome& swarm, const PreemptionOutcome& one) {
  LineChart chart;
  chart.title = "Loss of the batches";
  for (const bool by_time : {false, true}) {
    Panel panel;
    panel.x_title = by_time ? "minutes" : "samples";
    panel.y_title = "nats";
    panel.curves = {curve("one process", one.tally, by_time),
                    curve("killed all the time", swarm.tally, by_time)};
    chart.panels.push_back(std::move(panel));
  }
  return svg(chart);
}

std::string row(const char* name, const PreemptionOutcome& outcome) {
  const auto counts = outcome.tally.counts();
  return fmt::format("{:<22} {:>7.4f} {:>7} {:>9.0f} {:>9.1f} {:>6} {:>7} {:>8.1f}\n", name,
                     outcome.loss(), counts.steps, counts.samples,
                     counts.samples / static_cast<double>(counts.steps), outcome.kills,
                     outcome.rejoins, outcome.seconds / 60);
}

std::string table(const PreemptionOutcome& swarm, const PreemptionOutcome& one) {
  const auto counts = swarm.tally.counts();
  const auto [least, most] = std::ranges::minmax(swarm.losses);
  return fmt::format(
      "{:<22} {:>7} {:>7} {:>9} {:>9} {:>6} {:>7} {:>8}\n{}{}\n"
      "Loss on what nobody trained on: {:+.2f} % of that of one process. The {} peers that came to "
      "the end\nare between {:.4f} and {:.4f}.\n"
      "{} rounds averaged, {} of them went on without a member that was lost in it; {} times a "
      "peer met\nnobody, {} times a round came to nothing. {} processes ended by themselves and "
      "were started again.\n"
      "{:.0f} samples went into steps. Those who lived to tell had computed {:.0f}.",
      "", "loss", "steps", "samples", "a step", "kills", "rejoins", "minutes",
      row("one process", one), row("killed all the time", swarm),
      100 * (swarm.loss() / one.loss() - 1), swarm.losses.size(), least, most, counts.averaged,
      counts.taken_over, counts.alone, counts.failed, swarm.failures, counts.samples,
      counts.computed);
}

nlohmann::json report(const PreemptionExperiment& options, const PreemptionOutcome& swarm,
                      const PreemptionOutcome& one) {
  const auto counts = swarm.tally.counts();
  return {{"event", "report"},
          {"model", options.plan.settings.model},
          {"peers", options.peers},
          {"quick", options.quick},
          {"loss_one_process", one.loss()},
          {"loss_swarm", swarm.loss()},
          {"difference", swarm.loss() / one.loss() - 1},
          {"finished", swarm.losses.size()},
          {"kills", swarm.kills},
          {"founder_killed", swarm.founder_killed},
          {"rejoins", swarm.rejoins},
          {"failures", swarm.failures},
          {"steps", counts.steps},
          {"samples", counts.samples},
          {"samples_one_process", one.tally.counts().samples},
          {"steps_one_process", one.tally.counts().steps},
          {"rounds_averaged", counts.averaged},
          {"rounds_taken_over", counts.taken_over},
          {"rounds_alone", counts.alone},
          {"rounds_failed", counts.failed},
          {"minutes", (swarm.seconds + one.seconds) / 60},
          {"minutes_swarm", swarm.seconds / 60},
          {"minutes_one_process", one.seconds / 60}};
}

// The children's own threads would take the time that their effort leaves to others.
void give_each_one_thread() { setenv("OMP_NUM_THREADS", "1", 0); }

}  // namespace

int run_preemption_experiment(PreemptionExperiment options, const Output& output,
                              const Interrupt& interrupt) {
  if (const auto good = check_picture_file(options.plot); !good) return output.fail(good.error());
  give_each_one_thread();
  PreemptionPlan& plan = options.plan;
  plan.devices = devices(options.peers);
  if (plan.steps == 0) plan.steps = options.quick ? quick_steps : full_steps;
  output.say(fmt::format("{} processes that are killed, one every {:.0f} s on the mean:",
                         options.peers, plan.kill_every));
  auto swarm = PreemptionRun(plan, output, interrupt).run();
  if (interrupt.requested()) return Interrupt::exit_code;
  if (!swarm) return output.fail(swarm.error());
  const PreemptionPlan one_plan = alone(plan, swarm->tally.counts());
  output.say("one process:");
  auto one = PreemptionRun(one_plan, output, interrupt).run();
  if (interrupt.requested()) return Interrupt::exit_code;
  if (!one) return output.fail(one.error());
  output.say("\n" + table(*swarm, *one));
  if (!options.plot.empty()) {
    const auto drawn = write_picture(options.plot, picture(*swarm, *one));
    if (!drawn) return output.fail(drawn.error());
  }
  output.event(report(options, *swarm, *one));
  return 0;
}

}  // namespace moshpit
