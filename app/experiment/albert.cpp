#include "app/experiment/albert.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <utility>

#include "app/experiment/albert_report.hpp"
#include "app/experiment/albert_runs.hpp"
#include "app/learners.hpp"
#include "app/picture_file.hpp"
#include "base/hash.hpp"
#include "data/text.hpp"
#include "experiment/training/cluster.hpp"
#include "moshpit/ids.hpp"

namespace moshpit {
namespace {

// Longer than any run takes, of virtual time: peers are taken all the time.
constexpr Duration horizon = std::chrono::hours(200);
constexpr std::uint64_t fleet_seed = 1;

// What is the same for all. `quick` fits 20 minutes of two processors, the rest 8 hours.
struct AlbertScale {
  AlbertChoice model;
  Lesson lesson;
};

AlbertScale scale_of(const AlbertExperiment& options) {
  AlbertScale scale;
  scale.model.data = options.data;
  scale.lesson.seed = fleet_seed;
  if (options.quick) {
    scale.lesson.batch = 512;
    scale.lesson.steps = 40;
    scale.lesson.evaluate_every = 1;
  } else {
    scale.model.vocabulary = 2000;
    scale.model.sequence = 128;
    scale.model.embedding = 64;
    scale.model.hidden = 128;
    scale.model.layers = 4;
    scale.lesson.batch = 1024;
    scale.lesson.steps = 500;
    scale.lesson.evaluate_every = 10;
  }
  if (options.steps > 0) scale.lesson.steps = options.steps;
  // The authors' schedule has a peak of .00176 and 5000 steps of warm-up, and goes on for tens of
  // thousands. LAMB's step is a share of a tensor's norm, so so few steps need a larger share.
  const auto steps = static_cast<double>(scale.lesson.steps);
  scale.lesson.rate = {.peak = options.quick ? 0.04 : 0.01,
                       .warm_up = steps / 6,
                       .total = 2 * steps,
                       .decay = Decay::linear};
  return scale;
}

Result<std::string> fingerprint(const std::string& path) {
  const auto text = read_text(path);
  if (!text) return text.error();
  Hasher hasher;
  for (const Document& document : *text) {
    for (const std::string& sentence : document) hasher.add(as_bytes(sentence));
  }
  hasher.add(as_bytes(devices_text()));
  return RunId{hasher.digest()}.brief();
}

std::string describe(const AlbertScale& scale) {
  const AlbertChoice& model = scale.model;
  return fmt::format("ALBERT {}x{} of {}, {} pieces, {} tokens, batch {}, {} steps", model.hidden,
                     model.layers, model.embedding, model.vocabulary, model.sequence,
                     scale.lesson.batch, scale.lesson.steps);
}

int report(const AlbertExperiment& options, const AlbertScale& scale, const AlbertFindings& found,
           const Output& output) {
  output.say(albert_text(found));
  if (!options.plot.empty()) {
    const auto drawn = write_picture(options.plot, albert_picture(found, describe(scale)));
    if (!drawn) return output.fail(drawn.error());
  }
  nlohmann::json line = albert_json(found);
  line["quick"] = options.quick;
  line["model"] = describe(scale);
  output.event(line);
  return 0;
}

}  // namespace

int run_albert_experiment(const AlbertExperiment& options, const Output& output,
                          const Interrupt& interrupt) {
  if (!has_torch()) return output.fail(become_torch_program());
  const auto fleet = read_fleet(devices_text());
  if (!fleet) return output.fail(fleet.error());
  const auto text = fingerprint(options.data);
  if (!text) return output.fail(text.error());
  auto kept = KeyedLines::open(options.results);
  if (!kept) return output.fail(kept.error());
  if (const auto good = check_picture_file(options.plot); !good) return output.fail(good.error());
  const AlbertScale scale = scale_of(options);
  const auto absences = draw_absences(*fleet, horizon, fleet_seed);
  output.say(describe(scale) + "\n");
  const auto learners = [&]() -> Result<LearnerSource> {
    output.say("learning the pieces of words ...");
    auto parts = make_albert_parts(scale.model, fleet->peers.size());
    if (!parts) return parts.error();
    return LearnerSource(*std::move(parts));
  };
  const AlbertSetting setting{
      *fleet, absences, scale.lesson,
      fmt::format("{} rate {} text {}", describe(scale), scale.lesson.rate.peak, *text)};
  const auto outcomes = make_albert_runs(setting, learners, *kept, output, interrupt);
  if (!outcomes) return output.fail(outcomes.error());
  if (!*outcomes) return Interrupt::exit_code;
  return report(options, scale, find_out(**outcomes, *fleet, absences, scale.lesson), output);
}

}  // namespace moshpit
