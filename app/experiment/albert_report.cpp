#include "app/experiment/albert_report.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>

#include "experiment/line_chart.hpp"

namespace moshpit {
namespace {

using nlohmann::json;

std::string time_of(const std::optional<LossPoint>& point) {
  return point ? fmt::format("{:.1f} min", point->seconds / 60) : "-";
}

std::string dollars_of(const std::optional<LossPoint>& point) {
  return point ? fmt::format("{:.2f} $", point->dollars) : "-";
}

std::string steps_of(const std::optional<LossPoint>& point) {
  return point ? fmt::format("{}", point->steps) : "-";
}

std::string ratio_of(const std::optional<double>& ratio) {
  return ratio ? fmt::format("{:.2f}", *ratio) : "-";
}

json or_null(const std::optional<double>& value) { return value ? json(*value) : json(); }

std::string table(const AlbertComparison& comparison) {
  std::string text = fmt::format("{:20} {:>9} {:>9} {:>11} {:>7} {:>14} {:>9}\n", "", "samples/s",
                                 "predicted", "final loss", "steps", "to the target", "cost");
  for (const AlbertMethod& method : comparison.methods) {
    text +=
        fmt::format("{:20} {:>9.0f} {:>9.0f} {:>11.3f} {:>7} {:>14} {:>9}\n", method.title,
                    method.measured, method.predicted, method.curve.back().loss,
                    steps_of(method.reached), time_of(method.reached), dollars_of(method.reached));
  }
  return text;
}

std::string swarm_sentences(const std::string& name, const SwarmOutcome& swarm) {
  const SampleTally& samples = swarm.samples;
  return fmt::format(
      "{}: an averaging step takes {:.1f} s, groups have {:.1f} members, {} of {} rounds failed; "
      "{} "
      "peers were taken, {} came back and had the state; {:.1f} % of the samples were lost.\n",
      name, swarm.averaging_seconds, swarm.members, swarm.rounds_failed, swarm.rounds,
      swarm.preemptions, swarm.returns_with_state, 100 * samples.lost / samples.worked);
}

std::string speeds_text(const AlbertComparison& comparison) {
  std::string text =
      "With devices of other speeds, sooner than the machine (its devices as well; "
      "only the peers'), and cheaper:\n";
  const auto line = [](double speed, const std::optional<double>& all,
                       const std::optional<double>& peers, const std::optional<double>& cost) {
    return fmt::format("  {:4.0f} % {:>7} {:>7} {:>7}\n", 100 * speed, ratio_of(all),
                       ratio_of(peers), ratio_of(cost));
  };
  text += line(1, comparison.speedup, comparison.speedup, comparison.cost_ratio);
  for (const AlbertAtSpeed& at : comparison.speeds) {
    text += line(at.speed, at.speedup_all, at.speedup_peers, at.cost_ratio);
  }
  return text;
}

std::string comparison_sentences(const AlbertComparison& comparison) {
  const AlbertMethod& machine = comparison.methods[0];
  const AlbertMethod& moshpit = comparison.methods[1];
  if (!comparison.speedup) return "The peers do not come to the target.\n";
  return fmt::format(
      "The peers come to the target {:.2f} times as soon as the machine, for 1/{:.2f} of its "
      "cost.\n"
      "  They train {:.2f} times as many samples a second ({:.2f} by the cost model) and need "
      "{:.2f} "
      "times as many of them.\n",
      *comparison.speedup, *comparison.cost_ratio, moshpit.measured / machine.measured,
      moshpit.predicted / machine.predicted, moshpit.reached->samples / machine.reached->samples);
}

json method_json(const AlbertMethod& method) {
  json line{{"name", method.word},
            {"samples_per_second", method.measured},
            {"predicted_samples_per_second", method.predicted},
            {"final_loss", method.curve.back().loss},
            {"seconds_to_target", nullptr},
            {"dollars_to_target", nullptr},
            {"samples_to_target", nullptr}};
  if (method.reached) {
    line["seconds_to_target"] = method.reached->seconds;
    line["dollars_to_target"] = method.reached->dollars;
    line["samples_to_target"] = method.reached->samples;
  }
  json curve = json::array();
  for (const LossPoint& point : method.curve) {
    curve.push_back({point.steps, point.samples, point.seconds, point.dollars, point.loss});
  }
  line["curve"] = curve;
  return line;
}

json swarm_json(const SwarmOutcome& swarm) {
  return {{"averaging_seconds", swarm.averaging_seconds},
          {"members", swarm.members},
          {"rounds", swarm.rounds},
          {"rounds_failed", swarm.rounds_failed},
          {"preemptions", swarm.preemptions},
          {"returns_with_state", swarm.returns_with_state},
          {"samples_worked", swarm.samples.worked},
          {"samples_trained", swarm.samples.trained},
          {"samples_lost", swarm.samples.lost}};
}

}  // namespace

AlbertFindings find_out(const AlbertOutcomes& outcomes, const Fleet& fleet,
                        const std::vector<Absence>& absences, const Lesson& lesson) {
  AlbertRuns runs{outcomes.alone,
                  outcomes.overlapped.curve,
                  outcomes.waiting.curve,
                  {{slower_speed, outcomes.slower.curve}, {faster_speed, outcomes.faster.curve}}};
  return {compare(runs, fleet, absences, lesson), outcomes.overlapped, outcomes.waiting};
}

std::string albert_text(const AlbertFindings& found) {
  return fmt::format("The target is the machine's loss after {:.0f} % of its steps, {:.3f}.\n\n",
                     100 * target_share, found.comparison.target) +
         table(found.comparison) + "\n" + comparison_sentences(found.comparison) +
         swarm_sentences("Moshpit, overlap", found.overlapped) +
         swarm_sentences("Moshpit", found.waiting) + speeds_text(found.comparison);
}

json albert_json(const AlbertFindings& found) {
  const AlbertComparison& comparison = found.comparison;
  json methods = json::array();
  for (const AlbertMethod& method : comparison.methods) methods.push_back(method_json(method));
  json speeds = json::array();
  for (const AlbertAtSpeed& at : comparison.speeds) {
    speeds.push_back({{"speed", at.speed},
                      {"speedup", or_null(at.speedup_all)},
                      {"speedup_of_peers_alone", or_null(at.speedup_peers)},
                      {"cost_ratio", or_null(at.cost_ratio)}});
  }
  return {{"event", "albert"},
          {"target_loss", comparison.target},
          {"speedup", or_null(comparison.speedup)},
          {"cost_ratio", or_null(comparison.cost_ratio)},
          {"methods", methods},
          {"other_speeds", speeds},
          {"moshpit", swarm_json(found.overlapped)},
          {"moshpit_waiting", swarm_json(found.waiting)}};
}

std::string albert_picture(const AlbertFindings& found, const std::string& title) {
  Panel panel;
  panel.x_title = "hours of virtual time";
  panel.y_title = "loss on what nobody trains on, nats";
  panel.target = found.comparison.target;
  for (const AlbertMethod& method : found.comparison.methods) {
    Curve curve{method.title, {}};
    for (const LossPoint& point : method.curve) {
      curve.points.emplace_back(point.seconds / 3600, point.loss);
    }
    panel.curves.push_back(std::move(curve));
  }
  // AR-SGD may take hours more.
  panel.x_end = panel.curves.front().points.back().first;
  return svg(LineChart{title, {std::move(panel)}});
}

}  // namespace moshpit
