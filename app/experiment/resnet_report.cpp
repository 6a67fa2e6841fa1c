#include "app/experiment/resnet_report.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>

#include "experiment/line_chart.hpp"

namespace moshpit {
namespace {

using nlohmann::json;

// The picture shows this many points of accuracy below the target, and as many above as 2.
constexpr double shown_below = 0.12;
constexpr double shown_above = 0.02;
// Its axis ends so long after the slowest of those that matter: AR-SGD may take hours more.
constexpr double hours_after = 1.3;

std::string duration(double seconds) {
  if (seconds < 600) return fmt::format("{:.0f} s", seconds);
  return fmt::format("{:.2f} h", seconds / 3600);
}

std::string time_to(const MethodOutcome& method, std::size_t target) {
  const TargetOutcome& outcome = method.targets[target];
  if (outcome.reached == 0) return "-";
  if (method.reaches(target)) return duration(outcome.seconds);
  return fmt::format("{} ({}/{})", duration(outcome.seconds), outcome.reached, method.seeds);
}

std::string table_row(const MethodOutcome& method) {
  return fmt::format(
      "{:22} {:>6} {:>6} {:>9.0f} {:>9.0f} {:>7.2f} ±{:.2f} {:>6.2f} {:>13} {:>13} {:>13}\n",
      describe(method.method).title, method.rate, method.period, method.samples_per_second,
      method.predicted_samples_per_second, 100 * method.final_accuracy,
      100 * method.final_deviation, 100 * method.own_accuracy, time_to(method, 0),
      time_to(method, 1), time_to(method, 2));
}

std::string table(const StudyOutcome& outcome) {
  std::string text = fmt::format(
      "{:22} {:>6} {:>6} {:>9} {:>9} {:>13} {:>6} {:>13} {:>13} {:>13}\n", "method", "rate",
      "period", "samples/s", "predicted", "final %", "own %", "to the target", "-0.5", "-2");
  for (const MethodOutcome& method : outcome.speeds.front().methods) text += table_row(method);
  return text;
}

// Time is samples over samples a second.
std::string why(const MethodOutcome& moshpit, const MethodOutcome& other) {
  const double faster = moshpit.samples_per_second / other.samples_per_second;
  const double predicted =
      moshpit.predicted_samples_per_second / other.predicted_samples_per_second;
  const double more = moshpit.targets[0].samples / other.targets[0].samples;
  return fmt::format(
      "  It trains {:.2f} times as many samples a second ({:.2f} by the cost model) and needs "
      "{:.2f} times as many of them.\n",
      faster, predicted, more);
}

std::string comparison(const SpeedOutcome& at_speed, const MethodOutcome* other,
                       std::optional<double> speedup) {
  const MethodOutcome* moshpit = at_speed.best_moshpit(0);
  if (!moshpit) return "Moshpit SGD does not reach the target with every seed.\n";
  if (!other) return "No gossip method reaches the target with every seed.\n";
  const auto title = describe(other->method).title;
  if (!speedup) return fmt::format("{} does not reach the target with every seed.\n", title);
  return fmt::format("{} reaches the target {:.2f} times as soon as {}.\n",
                     describe(moshpit->method).title, *speedup, title) +
         why(*moshpit, *other);
}

template <class IsOfKind>
bool has(const SpeedOutcome& at_speed, IsOfKind is_of_kind) {
  return std::ranges::any_of(at_speed.methods, [&](const MethodOutcome& method) {
    return is_of_kind(describe(method.method));
  });
}

// Of those that are compared.
std::string comparisons(const SpeedOutcome& at_speed) {
  if (!has(at_speed, [](const MethodDescription& one) { return one.is_moshpit; })) return "";
  std::string text;
  if (has(at_speed, [](const MethodDescription& one) { return one.is_gossip; })) {
    text += comparison(at_speed, at_speed.best_gossip(0), at_speed.over_best_gossip(0));
  }
  if (const MethodOutcome* all_reduce = at_speed.find(Method::all_reduce)) {
    text += comparison(at_speed, all_reduce, at_speed.over_all_reduce(0));
  }
  return text;
}

std::string ratio(std::optional<double> value) {
  return value ? fmt::format("{:.2f}", *value) : "-";
}

std::string speeds_text(const StudyOutcome& outcome) {
  if (outcome.speeds.size() == 1) return "";
  std::string text = "With devices of other speeds, sooner than the best gossip and than AR-SGD:\n";
  for (const SpeedOutcome& at_speed : outcome.speeds) {
    const MethodOutcome* gossip = at_speed.best_gossip(0);
    text += fmt::format("  {:4.0f} %   {:>5} ({})   {:>5}\n", 100 * at_speed.speed,
                        ratio(at_speed.over_best_gossip(0)),
                        gossip ? describe(gossip->method).title : "nobody",
                        ratio(at_speed.over_all_reduce(0)));
  }
  return text;
}

// Nothing for those that are not Moshpit SGD.
std::string averaging_text(const MethodOutcome& moshpit) {
  const AveragingTally& tally = moshpit.tally;
  if (tally.rounds == 0) return "";
  const auto averaged = static_cast<double>(std::max<std::uint64_t>(1, tally.rounds_averaged));
  return fmt::format(
      "Averaging steps of {} take {:.2f} s; {:.1f} % of the rounds found a group, of "
      "{:.1f} members; {} failed.\n",
      describe(moshpit.method).title,
      tally.seconds / static_cast<double>(std::max<std::uint64_t>(1, tally.steps)),
      100 * averaged / static_cast<double>(tally.rounds),
      static_cast<double>(tally.members) / averaged, tally.rounds_failed);
}

json optional_json(std::optional<double> value) { return value ? json(*value) : json(nullptr); }

json method_json(const MethodOutcome& method, const StudyOutcome& outcome) {
  json targets = json::array();
  for (std::size_t i = 0; i < target_count; ++i) {
    targets.push_back({{"accuracy", outcome.targets[i]},
                       {"reached", method.targets[i].reached},
                       {"seconds", method.targets[i].seconds},
                       {"samples", method.targets[i].samples}});
  }
  std::optional<double> seconds;
  if (method.reaches(0)) seconds = method.targets[0].seconds;
  std::optional<double> dollars;
  if (seconds) dollars = *seconds / 3600 * method.dollars_per_hour;
  return {{"name", describe(method.method).word},
          {"gossip", describe(method.method).is_gossip},
          {"learning_rate", method.rate},
          {"period", method.period},
          {"seeds", method.seeds},
          {"final_accuracy", method.final_accuracy},
          {"final_deviation", method.final_deviation},
          {"own_accuracy", method.own_accuracy},
          {"samples_per_second", method.samples_per_second},
          {"predicted_samples_per_second", method.predicted_samples_per_second},
          {"seconds_to_target", optional_json(seconds)},
          {"dollars_to_target", optional_json(dollars)},
          {"targets", targets}};
}

json speed_json(const SpeedOutcome& at_speed, const StudyOutcome& outcome) {
  json methods = json::array();
  for (const MethodOutcome& method : at_speed.methods) {
    methods.push_back(method_json(method, outcome));
  }
  const MethodOutcome* gossip = at_speed.best_gossip(0);
  const MethodOutcome* moshpit = at_speed.best_moshpit(0);
  return {{"speed", at_speed.speed},
          {"methods", methods},
          {"best_moshpit", moshpit ? json(describe(moshpit->method).word) : json(nullptr)},
          {"best_gossip", gossip ? json(describe(gossip->method).word) : json(nullptr)},
          {"speedup_over_best_gossip", optional_json(at_speed.over_best_gossip(0))},
          {"speedup_over_all_reduce", optional_json(at_speed.over_all_reduce(0))}};
}

}  // namespace

std::string report_text(const StudyOutcome& outcome) {
  const SpeedOutcome& usual = outcome.speeds.front();
  std::string text = fmt::format(
      "AR-SGD on the homogeneous cluster ends at {:.2f} %. The target is a point less, "
      "{:.2f} %; beside it {:.2f} % and {:.2f} %.\n\n",
      100 * outcome.all_reduce_accuracy, 100 * outcome.targets[0], 100 * outcome.targets[1],
      100 * outcome.targets[2]);
  text += table(outcome) + "\n" + comparisons(usual);
  for (const MethodOutcome& method : usual.methods) text += averaging_text(method);
  return text + speeds_text(outcome);
}

json report_json(const StudyOutcome& outcome) {
  json report = speed_json(outcome.speeds.front(), outcome);
  report["event"] = "resnet";
  report["all_reduce_accuracy"] = outcome.all_reduce_accuracy;
  report["target"] = outcome.targets[0];
  json others = json::array();
  for (std::size_t i = 1; i < outcome.speeds.size(); ++i) {
    others.push_back(speed_json(outcome.speeds[i], outcome));
  }
  report["other_speeds"] = others;
  return report;
}

std::string report_picture(const StudyOutcome& outcome, const std::string& title) {
  Panel panel;
  panel.x_title = "hours of virtual time";
  panel.y_title = "accuracy on the test set, %";
  panel.target = 100 * outcome.targets[0];
  panel.y_range.emplace(100 * (outcome.targets[0] - shown_below),
                        100 * (outcome.targets[0] + shown_above));
  double hours = 0;
  for (const MethodOutcome& method : outcome.speeds.front().methods) {
    const MethodDescription& kind = describe(method.method);
    Curve curve{std::string(kind.title), {}};
    for (const CurvePoint& point : method.curve) {
      curve.points.emplace_back(point.seconds / 3600, 100 * point.accuracy);
    }
    const bool sets_the_axis = kind.is_gossip || kind.is_moshpit;
    if (sets_the_axis) hours = std::max(hours, curve.points.back().first);
    panel.curves.push_back(std::move(curve));
  }
  if (hours > 0) panel.x_end = hours * hours_after;
  return svg(LineChart{title, {std::move(panel)}});
}

}  // namespace moshpit
