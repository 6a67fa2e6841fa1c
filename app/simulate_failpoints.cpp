#include "app/simulate_failpoints.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "app/output.hpp"
#include "app/simulate/progress_bar.hpp"
#include "app/simulate_conversation.hpp"
#include "sim/swarm/failpoint_trial.hpp"

namespace moshpit {
namespace {

// In which what was never struck is looked for.
constexpr std::uint64_t further_seeds = 20;

struct SimulateFailpointsOptions {
  std::uint64_t seed = 1;
  std::uint64_t seeds = 20;
  std::string only;  // the name of a case
  bool show = false;
  ConversationFilter filter;
  bool json = false;
};

class SimulateFailpoints {
 public:
  SimulateFailpoints(const SimulateFailpointsOptions& options, const Output& output)
      : options_(options), output_(output) {
    for (const sim::FailpointCase& one : sim::all_failpoint_cases()) {
      if (options.only.empty() || sim::name_of(one) == options.only) tallies_.push_back({one});
    }
  }

  // Returns the program's exit code.
  int run() {
    if (tallies_.empty()) {
      return output_.fail(
          Error(ErrorCode::invalid_argument,
                "There is no case '" + options_.only + "': write one as owner/all in/kill."));
    }
    run_seeds();
    if (options_.only.empty()) show_table();
    report();
    return findings_ == 0 && missed() == 0 ? 0 : 1;
  }

 private:
  // Of one case, over the seeds.
  struct Tally {
    sim::FailpointCase the_case;
    std::size_t struck = 0;
    std::size_t hit_a_round = 0;
    std::size_t findings = 0;
    std::uint64_t steps_to_agree = 0;  // at most
  };

  void run_seeds() {
    if (!options_.show) bar_.emplace("failpoints", options_.seeds * tallies_.size());
    for (std::uint64_t i = 0; i < options_.seeds; ++i) run_seed(options_.seed + i, false);
    bar_.reset();
    // Some steps few seeds come to.
    for (std::uint64_t i = 0; i < further_seeds && missed() > 0; ++i) {
      run_seed(options_.seed + options_.seeds + i, true);
    }
  }

  void run_seed(std::uint64_t seed, bool only_missed) {
    ++seeds_run_;
    sim::FailpointTrial trial(seed);
    for (Tally& tally : tallies_) {
      if (only_missed && tally.struck > 0) continue;
      add(tally, seed, run_case(trial, tally.the_case));
      if (bar_) bar_->advance();
    }
    for (const sim::Finding& finding : trial.findings_without()) {
      tell(seed, "nobody is struck", finding);
    }
    findings_ += trial.findings_without().size();
  }

  sim::FailpointResult run_case(sim::FailpointTrial& trial, const sim::FailpointCase& one) {
    if (!options_.show) return trial.run(one);
    ConversationView view(trial.scenario_for(one).grid, options_.filter, output_);
    const sim::FailpointResult result = trial.run(one, view.onlookers());
    view.show(result.findings);
    return result;
  }

  void add(Tally& tally, std::uint64_t seed, const sim::FailpointResult& result) {
    if (!result.struck && result.findings.empty()) return;
    const std::string name = sim::name_of(tally.the_case);
    tally.struck += 1;
    tally.hit_a_round += result.hit_a_round ? 1 : 0;
    tally.findings += result.findings.size();
    tally.steps_to_agree = std::max(tally.steps_to_agree, result.steps_to_agree);
    findings_ += result.findings.size();
    output_.event({{"event", "strike"},
                   {"seed", seed},
                   {"case", name},
                   {"in_a_round", result.hit_a_round},
                   {"steps_to_agree", result.steps_to_agree},
                   {"findings", result.findings.size()},
                   {"trace", fmt::format("{:016x}", result.trace)}});
    for (const sim::Finding& finding : result.findings) tell(seed, name, finding);
    if (!result.findings.empty()) {
      output_.say(fmt::format(
          "  replay: moshpit simulate failpoints --seed {} --seeds 1 --only \"{}\" --show", seed,
          name));
    }
  }

  void tell(std::uint64_t seed, const std::string& name, const sim::Finding& finding) {
    if (bar_) bar_->erase();
    output_.event({{"event", "finding"},
                   {"seed", seed},
                   {"case", name},
                   {"judge", finding.judge},
                   {"sentence", finding.sentence}});
    output_.say(fmt::format("seed {}: {}: {}: {}", seed, name, finding.judge, finding.sentence));
  }

  // A row a step, a column a part: killed and frozen so often.
  void show_table() const {
    std::string line = fmt::format("{:12}", "killed+frozen");
    for (std::size_t part = 0; part < sim::part_count; ++part) {
      line += fmt::format(" {:>13}", sim::name_of(static_cast<sim::Part>(part)));
    }
    output_.say(line);
    for (std::size_t point = 0; point < sim::failpoint_count; ++point) {
      show_row(static_cast<sim::Failpoint>(point));
    }
  }

  void show_row(sim::Failpoint point) const {
    std::string line = fmt::format("{:13}", sim::name_of(point));
    for (std::size_t part = 0; part < sim::part_count; ++part) {
      line += fmt::format(" {:>13}", cell(point, static_cast<sim::Part>(part)));
    }
    output_.say(line);
  }

  std::string cell(sim::Failpoint point, sim::Part part) const {
    std::string text;
    for (const Tally& tally : tallies_) {
      if (tally.the_case.point != point || tally.the_case.part != part) continue;
      text += fmt::format("{}{}{}", text.empty() ? "" : "+", tally.struck,
                          tally.findings > 0 ? "!" : "");
    }
    return text.empty() ? "." : text;
  }

  void report() const {
    nlohmann::json cells = nlohmann::json::array();
    std::size_t struck = 0;
    std::size_t hit = 0;
    std::uint64_t steps = 0;
    for (const Tally& tally : tallies_) {
      struck += tally.struck;
      hit += tally.hit_a_round;
      steps = std::max(steps, tally.steps_to_agree);
      cells.push_back({{"case", sim::name_of(tally.the_case)},
                       {"struck", tally.struck},
                       {"in_a_round", tally.hit_a_round},
                       {"findings", tally.findings}});
    }
    output_.event({{"event", "report"},
                   {"seeds", seeds_run_},
                   {"struck", struck},
                   {"in_a_round", hit},
                   {"findings", findings_},
                   {"steps_to_agree", steps},
                   {"cases", cells}});
    output_.say(fmt::format(
        "{} strikes in {} cases, {} of them in a round; {} cases were never struck; agreed after "
        "{} steps at most; {} findings",
        struck, tallies_.size(), hit, missed(), steps, findings_));
  }

  // A case that no seed has struck is not covered. Of one alone the seeds decide.
  std::size_t missed() const {
    if (!options_.only.empty()) return 0;
    return static_cast<std::size_t>(std::count_if(
        tallies_.begin(), tallies_.end(), [](const Tally& tally) { return tally.struck == 0; }));
  }

  const SimulateFailpointsOptions& options_;
  const Output& output_;
  std::vector<Tally> tallies_;
  std::size_t findings_ = 0;
  std::uint64_t seeds_run_ = 0;
  std::optional<ProgressBar> bar_;  // while seeds run, unless what is said is shown
};

int simulate_failpoints(const SimulateFailpointsOptions& options) {
  const Output output(options.json);
  return SimulateFailpoints(options, output).run();
}

}  // namespace

void declare_simulate_failpoints(CLI::App& simulate, int& exit_code) {
  auto options = std::make_shared<SimulateFailpointsOptions>();
  CLI::App* command = simulate.add_subcommand(
      "failpoints", "Kills and freezes a peer at every step of the protocol, under the judges");
  command->add_option("--seed", options->seed, "The first seed")->capture_default_str();
  command
      ->add_option("--seeds", options->seeds,
                   "Seeds, each with every case; a few more for those that none of them comes to")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000'000));
  command->add_option("--only", options->only, "One case, as \"owner/all in/kill\"");
  command->add_flag("--show", options->show, "Show what is said, as simulate replay does");
  declare_filter(*command, options->filter);
  command->add_flag("--json", options->json, "One JSON object a line");
  command->footer(
      "Exit code 1 if a judge found something, or if some case was never struck. The table says "
      "how often a peer was killed and frozen at each step, in each part; ! marks findings.\n"
      "Examples:\n"
      "  moshpit simulate failpoints --seeds 50\n"
      "  moshpit simulate failpoints --seed 7 --seeds 1 --only \"owner/all in/kill\" --show "
      "--kind result");
  command->callback([options, &exit_code] { exit_code = simulate_failpoints(*options); });
}

}  // namespace moshpit
