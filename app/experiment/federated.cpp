#include "app/experiment/federated.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <vector>

#include "app/picture_file.hpp"
#include "data/digits.hpp"
#include "data/halve.hpp"
#include "data/read.hpp"
#include "experiment/line_chart.hpp"

namespace moshpit {
namespace {

// The same for each method; where the best one is at an end, the report says so.
constexpr std::array rates{0.025, 0.05, 0.1, 0.2, 0.4};
constexpr std::size_t full_batches = 1600;
constexpr std::uint32_t full_hidden = 64;

struct Contestant {
  const char* word;   // for machines
  const char* title;  // for a person
  bool has_server = false;
  TrainingMode mode = TrainingMode::moshpit_sgd;
};
constexpr std::array contestants{
    Contestant{"fedavg", "FedAvg, a server", true}, Contestant{"moshpit_sgd", "Moshpit SGD"},
    Contestant{"outer", "outer optimizer", false, TrainingMode::outer}};

// All runs of one contestant.
struct Record {
  Contestant who;
  double rate = 0;
  std::vector<FederatedOutcome> runs;  // with that rate, by seed

  double accuracy() const {
    double sum = 0;
    for (const FederatedOutcome& run : runs) sum += run.accuracy;
    return sum / static_cast<double>(runs.size());
  }
  double own() const {
    double sum = 0;
    for (const FederatedOutcome& run : runs) sum += run.own;
    return sum / static_cast<double>(runs.size());
  }
  double spread() const {
    double sum = 0;
    for (const FederatedOutcome& run : runs) sum += std::pow(run.accuracy - accuracy(), 2);
    return runs.size() < 2 ? 0 : std::sqrt(sum / static_cast<double>(runs.size() - 1));
  }
};

class Comparison {
 public:
  Comparison(const FederatedExperiment& options, const Dataset& data, const Output& output,
             const Interrupt& interrupt)
      : options_(options), data_(data), output_(output), interrupt_(interrupt) {}

  // Empty after an interrupt.
  std::vector<Record> run() {
    std::vector<Record> records;
    for (const Contestant& who : contestants) records.push_back(compare(who));
    if (interrupt_.requested()) records.clear();
    return records;
  }

 private:
  // The rate that ends best with the first seed serves with the others.
  Record compare(const Contestant& who) {
    Record record{who, 0, {}};
    for (const double rate : rates) {
      const FederatedOutcome outcome = run_once(who, rate, options_.plan.seed);
      if (!record.runs.empty() && outcome.accuracy <= record.runs.front().accuracy) continue;
      record.rate = rate;
      record.runs = {outcome};
    }
    for (std::uint32_t more = 1; more < options_.seeds; ++more) {
      record.runs.push_back(run_once(who, record.rate, options_.plan.seed + more));
    }
    return record;
  }

  FederatedOutcome run_once(const Contestant& who, double rate, std::uint64_t seed) {
    FederatedPlan plan = options_.plan;
    plan.rate = rate;
    plan.seed = seed;
    plan.mode = who.mode;
    const auto go_on = [this] { return !interrupt_.requested(); };
    const FederatedOutcome outcome = who.has_server ? run_federated_averaging(plan, data_, go_on)
                                                    : run_federated(plan, data_, go_on);
    if (interrupt_.requested()) return outcome;
    output_.say(fmt::format("  {:<18} rate {:<5} seed {}: {:.2f} %", who.title, rate, seed,
                            100 * outcome.accuracy));
    output_.event({{"event", "run"},
                   {"method", who.word},
                   {"rate", rate},
                   {"seed", seed},
                   {"accuracy", outcome.accuracy},
                   {"samples", outcome.samples}});
    return outcome;
  }

  const FederatedExperiment& options_;
  const Dataset& data_;
  const Output& output_;
  const Interrupt& interrupt_;
};

std::string row(const Record& record) {
  const FederatedOutcome& first = record.runs.front();
  const bool at_an_end = record.rate == rates.front() || record.rate == rates.back();
  return fmt::format(
      "{:<18} {:>6}{} {:>6.2f} ±{:.2f} {:>6.2f} {:>9} {:>8} {:>6.1f} {:>5} {:>5} {:>5}\n",
      record.who.title, record.rate, at_an_end ? "*" : " ", 100 * record.accuracy(),
      100 * record.spread(), 100 * record.own(), first.samples, first.averaging_steps,
      100 * first.present, first.died, first.left, first.came_back);
}

std::string table(const FederatedPlan& plan, const std::vector<Record>& records) {
  std::string text = fmt::format(
      "\n{} peers, Dirichlet {}, {:.0f} % outbound-only; a peer leaves or dies {} times\n\n"
      "{:<18} {:>7} {:>12} {:>6} {:>9} {:>8} {:>6} {:>5} {:>5} {:>5}\n",
      plan.peers, plan.concentration, 100 * plan.outbound_only, plan.departures, "method", "rate ",
      "accuracy %", "own %", "samples", "steps", "here %", "died", "left", "back");
  for (const Record& record : records) text += row(record);
  const double server = records.front().accuracy();
  for (std::size_t i = 1; i < records.size(); ++i) {
    text += fmt::format("{}: {:+.2f} points against FedAvg.\n", records[i].who.title,
                        100 * (records[i].accuracy() - server));
  }
  return text;
}

std::string picture(const FederatedPlan& plan, const std::vector<Record>& records) {
  Panel panel;
  panel.x_title = "samples of all together";
  panel.y_title = "accuracy on the test set, %";
  for (const Record& record : records) {
    Curve curve{record.who.title, {}};
    for (const FederatedPoint& point : record.runs.front().curve) {
      curve.points.emplace_back(point.samples, 100 * point.accuracy);
    }
    panel.curves.push_back(std::move(curve));
  }
  const std::string title = fmt::format("{} peers, Dirichlet {}", plan.peers, plan.concentration);
  return svg(LineChart{title, {panel}});
}

nlohmann::json report(const FederatedExperiment& options, const std::vector<Record>& records) {
  nlohmann::json methods = nlohmann::json::array();
  for (const Record& record : records) {
    const FederatedOutcome& first = record.runs.front();
    methods.push_back({{"method", record.who.word},
                       {"rate", record.rate},
                       {"accuracy", record.accuracy()},
                       {"spread", record.spread()},
                       {"own", record.own()},
                       {"seeds", record.runs.size()},
                       {"samples", first.samples},
                       {"averaging_steps", first.averaging_steps},
                       {"present", first.present},
                       {"died", first.died},
                       {"left", first.left},
                       {"came_back", first.came_back}});
  }
  return {{"event", "report"},
          {"peers", options.plan.peers},
          {"concentration", options.plan.concentration},
          {"outbound_only", options.plan.outbound_only},
          {"quick", options.quick},
          {"methods", methods},
          {"accuracy_fedavg", records[0].accuracy()},
          {"accuracy_moshpit", records[1].accuracy()},
          {"difference", records[1].accuracy() - records[0].accuracy()},
          {"difference_outer", records[2].accuracy() - records[0].accuracy()}};
}

Result<Dataset> load(const FederatedExperiment& options) {
  auto data = options.data.empty() ? Result<Dataset>(draw_digits()) : read_dataset(options.data);
  if (!data || !options.quick || !can_halve(*data)) return data;
  return halve(*data);
}

}  // namespace

int run_federated_experiment(FederatedExperiment options, const Output& output,
                             const Interrupt& interrupt) {
  if (const auto good = check_picture_file(options.plot); !good) return output.fail(good.error());
  const auto data = load(options);
  if (!data) return output.fail(data.error());
  if (options.plan.peers > data->train.size()) {
    return output.fail(Error(ErrorCode::invalid_argument,
                             "There are more peers than examples: take fewer, or other data."));
  }
  if (!options.quick) {
    options.plan.batches = full_batches;
    options.plan.hidden = full_hidden;
  }
  const auto records = Comparison(options, *data, output, interrupt).run();
  if (records.empty()) return Interrupt::exit_code;
  output.say(table(options.plan, records));
  if (!options.plot.empty()) {
    const auto drawn = write_picture(options.plot, picture(options.plan, records));
    if (!drawn) return output.fail(drawn.error());
  }
  output.event(report(options, records));
  return 0;
}

}  // namespace moshpit
