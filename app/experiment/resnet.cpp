#include "app/experiment/resnet.hpp"

#include <algorithm>
#include <atomic>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "app/experiment/resnet_report.hpp"
#include "app/experiment/run_store.hpp"
#include "app/simulate/progress_bar.hpp"
#include "base/hash.hpp"
#include "data/digits.hpp"
#include "data/halve.hpp"
#include "data/idx.hpp"
#include "experiment/training/study.hpp"
#include "moshpit/ids.hpp"

namespace moshpit {
namespace {

// What is the same for all methods. `quick` fits 20 minutes of two processors: most of the time is
// the simulation of Moshpit's frames, and a small vector has few of them.
struct Scale {
  std::size_t hidden;
  std::size_t batch;
  // Over the training set, on 16 devices; on more of them more, so that every device makes as many
  // local steps: with batches that many times as large it is steps that an accuracy needs.
  double passes;
  std::vector<float> rates;
  std::vector<std::uint32_t> periods;
  std::uint64_t seeds_at_other_speeds;
};

Scale scale_of(const ResNetExperiment& options) {
  if (options.quick) return {32, 32, 10, {0.1f, 0.2f, 0.4f}, {1, 4}, 1};
  return {64, 32, 40, {0.05f, 0.1f, 0.2f, 0.4f}, {1, 2, 4, 8}, options.seeds};
}

Result<Dataset> load(const ResNetExperiment& options) {
  auto dataset = options.data.empty() ? Result<Dataset>(draw_digits()) : read_idx(options.data);
  if (dataset && options.quick && can_halve(*dataset)) return halve(*dataset);
  return dataset;
}

std::string fingerprint(const Dataset& dataset) {
  Hasher hasher;
  for (const Examples* examples : {&dataset.train, &dataset.test}) {
    hasher.add(std::as_bytes(std::span(examples->images)));
    hasher.add(std::as_bytes(std::span(examples->labels)));
  }
  hasher.add(as_bytes(devices_text()));
  return RunId{hasher.digest()}.brief();
}

double passes_of(const Cluster& cluster, const Scale& scale) {
  return scale.passes * static_cast<double>(cluster.devices.size()) / 16;
}

class Runs {
 public:
  Runs(const Scale& scale, const Dataset& dataset, RunStore& store, const Interrupt& interrupt)
      : scale_(scale), dataset_(dataset), store_(store), interrupt_(interrupt) {
    settings_ = fmt::format("mlp {}x{} batch {} passes {} data {}", dataset.pixels(), scale.hidden,
                            scale.batch, scale.passes, fingerprint(dataset));
  }

  // Two at a time: each is one thread's work and independent of the others.
  std::optional<std::vector<TrainingResult>> all(const std::vector<RunChoice>& choices) {
    std::vector<TrainingResult> results(choices.size());
    std::atomic<std::size_t> next{0};
    ProgressBar bar("runs", choices.size());
    const auto run_some = [&] {
      for (std::size_t i = next++; i < choices.size() && !interrupt_.requested(); i = next++) {
        results[i] = one(choices[i]);
        bar.advance();
      }
    };
    std::thread second(run_some);
    run_some();
    second.join();
    if (interrupt_.requested()) return std::nullopt;
    return results;
  }

 private:
  TrainingResult one(const RunChoice& choice) {
    const std::string key = fmt::format("{} | {} {} speed {} rate {} period {} seed {}", settings_,
                                        describe(choice.method).word, choice.cluster, choice.speed,
                                        choice.rate, choice.period, choice.seed);
    if (const auto done = store_.find(key)) return *done;
    ModelOf<Mlp> model(MlpShape{dataset_.pixels(), scale_.hidden, dataset_.classes});
    TrainingPlan plan;
    plan.rate = choice.rate;
    plan.period = choice.period;
    plan.batch = scale_.batch;
    plan.seed = choice.seed;
    const Cluster cluster =
        with_speed(read_cluster(devices_text(), choice.cluster).value(), choice.speed);
    plan.passes = passes_of(cluster, scale_);
    TrainingResult result = run_method(choice.method, cluster, plan, model, dataset_);
    store_.add(key, result);
    return result;
  }

  const Scale& scale_;
  const Dataset& dataset_;
  RunStore& store_;
  const Interrupt& interrupt_;
  std::string settings_;
};

std::string title_of(const ResNetExperiment& options, const Cluster& cluster, const Scale& scale) {
  return fmt::format(
      "{} cluster, {} devices; a network of {} hidden units, batches of {}, {} passes",
      options.cluster, cluster.devices.size(), scale.hidden, scale.batch,
      passes_of(cluster, scale));
}

Error cannot_draw(const std::string& file) {
  return Error(ErrorCode::io, fmt::format("the picture cannot be written to '{}': name a file in a "
                                          "folder that exists and that you may write to",
                                          file));
}

}  // namespace

int run_resnet_experiment(const ResNetExperiment& options, const Output& output,
                          const Interrupt& interrupt) {
  const auto cluster = read_cluster(devices_text(), options.cluster);
  if (!cluster) return output.fail(cluster.error());
  const auto dataset = load(options);
  if (!dataset) return output.fail(dataset.error());
  auto store = RunStore::open(options.results);
  if (!store) return output.fail(store.error());
  // Opened first: nobody waits for hours to hear that there is no such folder.
  if (!options.plot.empty() && !std::ofstream(options.plot, std::ios::app)) {
    return output.fail(cannot_draw(options.plot));
  }
  const Scale scale = scale_of(options);
  const std::string title = title_of(options, *cluster, scale);
  output.say(title + "\n");
  Runs runs(scale, *dataset, *store, interrupt);
  const StudyPlan plan{options.cluster, scale.rates, scale.periods, options.seeds,
                       scale.seeds_at_other_speeds};
  const auto outcome = run_study(
      plan,
      [](const std::string& name, double speed) {
        return with_speed(read_cluster(devices_text(), name).value(), speed);
      },
      [&](const std::vector<RunChoice>& choices) { return runs.all(choices); });
  if (!outcome) return Interrupt::exit_code;
  output.say(report_text(*outcome));
  if (!options.plot.empty()) {
    std::ofstream stream(options.plot);
    stream << report_picture(*outcome, title) << std::flush;
    if (!stream) return output.fail(cannot_draw(options.plot));
  }
  nlohmann::json report = report_json(*outcome);
  report["cluster"] = options.cluster;
  report["quick"] = options.quick;
  report["model"] = fmt::format("mlp {}", scale.hidden);
  output.event(report);
  return 0;
}

}  // namespace moshpit
