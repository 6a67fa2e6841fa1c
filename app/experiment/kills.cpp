#include "app/experiment/kills.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "data/digits.hpp"
#include "data/read.hpp"

namespace moshpit {

int run_kills_experiment(const KillsExperiment& options, const Output& output,
                         const Interrupt& interrupt) {
  const auto data =
      options.data.empty() ? Result<Dataset>(draw_digits()) : read_dataset(options.data);
  if (!data) return output.fail(data.error());
  if (options.plan.peers > data->train.size()) {
    return output.fail(Error(ErrorCode::invalid_argument,
                             "There are more peers than examples: take fewer, or other data."));
  }
  SurvivalPlan calm = options.plan;
  calm.kills = 0;
  const auto go_on = [&](double) { return !interrupt.requested(); };
  output.say("without kills ...");
  const SurvivalOutcome without = run_survival(calm, *data, go_on);
  output.say(fmt::format("  loss {:.4f} in the last twentieth of {} samples; with kills ...",
                         without.last_loss, without.samples));
  const SurvivalOutcome with = run_survival(options.plan, *data, go_on);
  if (interrupt.requested()) return Interrupt::exit_code;
  const double ratio = with.last_loss / without.last_loss;
  output.event({{"event", "report"},
                {"peers", options.plan.peers},
                {"kills", with.kills},
                {"samples", with.samples},
                {"loss_without", without.last_loss},
                {"loss_with", with.last_loss},
                {"ratio", ratio},
                {"averaging_steps_without", without.averaging_steps},
                {"averaging_steps_with", with.averaging_steps},
                {"virtual_seconds_without", without.virtual_seconds},
                {"virtual_seconds_with", with.virtual_seconds}});
  output.say(fmt::format(
      "  loss {:.4f} at as many samples, with {} kills: {:+.2f} %\n"
      "  {:.0f} s of the simulated world instead of {:.0f} s, {} averaging steps instead of {}",
      with.last_loss, with.kills, 100 * (ratio - 1), with.virtual_seconds, without.virtual_seconds,
      with.averaging_steps, without.averaging_steps));
  return 0;
}

}  // namespace moshpit
