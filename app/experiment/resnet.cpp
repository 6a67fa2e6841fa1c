#include "app/experiment/resnet.hpp"

#include <algorithm>
#include <atomic>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "app/experiment/resnet_report.hpp"
#include "app/experiment/resnet_scale.hpp"
#include "app/experiment/run_store.hpp"
#include "app/learners.hpp"
#include "app/picture_file.hpp"
#include "app/simulate/progress_bar.hpp"
#include "base/hash.hpp"
#include "data/digits.hpp"
#include "data/halve.hpp"
#include "data/idx.hpp"
#include "experiment/training/study.hpp"
#include "moshpit/ids.hpp"

namespace moshpit {
namespace {

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

std::unique_ptr<Model> make_model(const ResNetScale& scale, const Dataset& dataset) {
  if (scale.residual) return make_torch_model(scale.width, dataset);
  return std::make_unique<ModelOf<Mlp>>(MlpShape{dataset.pixels(), scale.width, dataset.classes});
}

class Runs {
 public:
  Runs(const ResNetScale& scale, const Dataset& dataset, RunStore& store,
       const Interrupt& interrupt)
      : scale_(scale), dataset_(dataset), store_(store), interrupt_(interrupt) {
    settings_ = fmt::format("{} batch {} passes {} evaluations {} data {} of {}", scale.model(),
                            scale.batch, scale.passes, scale.evaluations, fingerprint(dataset),
                            dataset.pixels());
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
    const auto model = make_model(scale_, dataset_);
    TrainingPlan plan;
    plan.rate = choice.rate;
    plan.period = choice.period;
    plan.batch = scale_.batch;
    plan.seed = choice.seed;
    const Cluster cluster =
        with_speed(read_cluster(devices_text(), choice.cluster).value(), choice.speed);
    plan.passes = scale_.passes_on(cluster.devices.size());
    plan.evaluations = scale_.evaluations;
    TrainingResult result = run_method(choice.method, cluster, plan, *model, dataset_);
    store_.add(key, result);
    return result;
  }

  const ResNetScale& scale_;
  const Dataset& dataset_;
  RunStore& store_;
  const Interrupt& interrupt_;
  std::string settings_;
};

std::string title_of(const ResNetExperiment& options, const Cluster& cluster,
                     const ResNetScale& scale) {
  const std::string model =
      scale.residual
          ? fmt::format("a residual network of three blocks from {} channels on", scale.width)
          : fmt::format("a network of {} hidden units", scale.width);
  return fmt::format("{} cluster, {} devices; {}, batches of {}, {} passes", options.cluster,
                     cluster.devices.size(), model, scale.batch,
                     scale.passes_on(cluster.devices.size()));
}

}  // namespace

int run_resnet_experiment(const ResNetExperiment& options, const Output& output,
                          const Interrupt& interrupt) {
  const ResNetScale scale = scale_of(options);
  if (scale.residual && !has_torch()) return output.fail(become_torch_program());
  const auto cluster = read_cluster(devices_text(), options.cluster);
  if (!cluster) return output.fail(cluster.error());
  const auto dataset = load(options);
  if (!dataset) return output.fail(dataset.error());
  auto store = RunStore::open(options.results);
  if (!store) return output.fail(store.error());
  if (const auto good = check_picture_file(options.plot); !good) return output.fail(good.error());
  const std::string title = title_of(options, *cluster, scale);
  output.say(title + "\n");
  Runs runs(scale, *dataset, *store, interrupt);
  const StudyPlan plan{
      options.cluster, scale.methods, scale.rates,           scale.periods,
      scale.speeds,    options.seeds, scale.seeds_to_choose, scale.seeds_at_other_speeds};
  const auto outcome = run_study(
      plan,
      [](const std::string& name, double speed) {
        return with_speed(read_cluster(devices_text(), name).value(), speed);
      },
      [&](const std::vector<RunChoice>& choices) { return runs.all(choices); });
  if (!outcome) return Interrupt::exit_code;
  output.say(report_text(*outcome));
  if (!options.plot.empty()) {
    const auto drawn = write_picture(options.plot, report_picture(*outcome, title));
    if (!drawn) return output.fail(drawn.error());
  }
  nlohmann::json report = report_json(*outcome);
  report["cluster"] = options.cluster;
  report["quick"] = options.quick;
  report["model"] = scale.model();
  output.event(report);
  return 0;
}

}  // namespace moshpit
