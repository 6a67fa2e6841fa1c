// moshpit simulate reshape: a swarm grows and shrinks, and its grid follows. How many rounds it
// takes until all hold the mean, beside what the best grid of that size would take.
#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <vector>

#include "app/commands.hpp"
#include "app/interrupt.hpp"
#include "app/output.hpp"
#include "app/simulate/progress_bar.hpp"
#include "app/simulate/restarts.hpp"
#include "app/simulate/threads.hpp"
#include "experiment/advice.hpp"
#include "sim/swarm/changing_swarm.hpp"

namespace moshpit {
namespace {

struct ReshapeOptions {
  std::size_t from = 16;
  std::size_t to = 64;
  std::size_t by = 16;
  sim::ChangingSwarmPlan plan;
  std::uint64_t seed = 1;
  std::uint64_t seeds = 1;
  std::uint32_t restarts = 100;  // of the experiments that it is compared with
  double allowance = 2;          // rounds
  bool json = false;
};

// Up and down again.
std::vector<std::size_t> sizes_of(const ReshapeOptions& options) {
  std::vector<std::size_t> sizes;
  for (std::size_t size = options.from; size <= options.to; size += options.by) {
    sizes.push_back(size);
  }
  for (std::size_t i = sizes.size() - 1; i-- > 0;) sizes.push_back(sizes[i]);
  return sizes;
}

struct Best {
  Grid grid;
  double rounds = 0;
};

// The mean over the seeds at one change of size.
struct Row {
  std::size_t peers = 0;
  std::map<std::string, std::size_t> grids;  // how many seeds were on each
  double rounds = 0;
  Best best;
};

class Reshape {
 public:
  Reshape(const ReshapeOptions& options, const Output& output)
      : options_(options), output_(output), plan_(options.plan) {
    plan_.sizes = sizes_of(options);
    plan_.threads = threads_for(options.to);
    rows_.resize(plan_.sizes.size());
  }

  // Returns the program's exit code.
  int run() {
    if (const auto good = sim::check(plan_); !good) return output_.fail(good.error());
    if (!simulate_all() || !find_best()) return Interrupt::exit_code;
    for (const Row& row : rows_) tell(row);
    return conclude();
  }

 private:
  bool simulate_all() {
    ProgressBar bar("reshape", options_.seeds * plan_.sizes.size());
    for (std::uint64_t i = 0; i < options_.seeds && !interrupt_.requested(); ++i) {
      std::size_t at = 0;
      sim::run_changing_swarm(plan_, options_.seed + i, [&](const sim::SizeOutcome& outcome) {
        note(options_.seed + i, rows_[at++], outcome);
        bar.advance();
        return !interrupt_.requested();
      });
    }
    return !interrupt_.requested();
  }

  void note(std::uint64_t seed, Row& row, const sim::SizeOutcome& outcome) {
    row.peers = outcome.peers;
    row.rounds += outcome.rounds / static_cast<double>(options_.seeds);
    ++row.grids[outcome.on_it == outcome.peers ? outcome.grid.text() : "several"];
    output_.event({{"event", "size"},
                   {"seed", seed},
                   {"peers", outcome.peers},
                   {"grid", outcome.grid.text()},
                   {"on_it", outcome.on_it},
                   {"rounds", outcome.rounds},
                   {"error", outcome.error}});
  }

  // Sizes come twice, on the way up and on the way down.
  bool find_best() {
    std::map<std::size_t, Best> known;
    for (Row& row : rows_) {
      if (!known.contains(row.peers)) {
        const auto best = best_for(row.peers);
        if (!best) return false;
        known[row.peers] = *best;
      }
      row.best = known[row.peers];
    }
    return true;
  }

  // Of all grids, the one on which the keys of the product need the fewest rounds, if everybody
  // begins at a place of its own and nobody is ever late.
  std::optional<Best> best_for(std::size_t peers) {
    std::optional<Best> best;
    const auto grids = grids_for(peers, plan_.largest_group);
    ProgressBar bar(fmt::format("{} peers", peers), grids.size() * options_.restarts);
    for (const Grid& grid : grids) {
      AveragingPlan experiment;
      experiment.placement = Placement::keys;
      experiment.peers = peers;
      experiment.grid = grid;
      experiment.target = plan_.target;
      experiment.rounds_max = plan_.rounds_max;
      experiment.restarts = options_.restarts;
      const auto rounds = count_rounds(experiment, bar, interrupt_);
      if (!rounds) return std::nullopt;
      const double mean = std::accumulate(rounds->begin(), rounds->end(), 0.0) /
                          static_cast<double>(rounds->size());
      if (!best || mean < best->rounds) best = Best{grid, mean};
    }
    return best;
  }

  void tell(const Row& row) const {
    std::string grids;
    for (const auto& [grid, seeds] : row.grids) grids += (grids.empty() ? "" : ", ") + grid;
    const double behind = row.rounds - row.best.rounds;
    output_.event({{"event", "row"},
                   {"peers", row.peers},
                   {"grids", row.grids},
                   {"rounds", row.rounds},
                   {"best_grid", row.best.grid.text()},
                   {"best_rounds", row.best.rounds},
                   {"behind", behind}});
    output_.say(fmt::format("{:5} peers  {:>10}  {:5.2f} rounds;  best {:>10}  {:5.2f};  {:+.2f}",
                            row.peers, grids, row.rounds, row.best.grid.text(), row.best.rounds,
                            behind));
  }

  int conclude() const {
    const auto behind = [](const Row& row) { return row.rounds - row.best.rounds; };
    const auto worst = std::ranges::max_element(rows_, {}, behind);
    const bool holds = behind(*worst) <= options_.allowance;
    output_.event({{"event", "report"},
                   {"seeds", options_.seeds},
                   {"restarts", options_.restarts},
                   {"worst_behind", behind(*worst)},
                   {"worst_at", worst->peers},
                   {"holds", holds}});
    output_.say(fmt::format("at most {:+.2f} rounds beside the best, at {} peers: {}",
                            behind(*worst), worst->peers,
                            holds ? "the grid fits" : "the grid does not fit"));
    return holds ? 0 : 1;
  }

  const ReshapeOptions& options_;
  const Output& output_;
  const Interrupt interrupt_;
  sim::ChangingSwarmPlan plan_;
  std::vector<Row> rows_;
};

int simulate_reshape(const ReshapeOptions& options) {
  const Output output(options.json);
  return Reshape(options, output).run();
}

void declare_sizes(CLI::App& command, ReshapeOptions& options) {
  const auto count = CLI::Range(2, 10'000);
  command.add_option("--from", options.from, "Peers at first and at last")
      ->capture_default_str()
      ->check(count);
  command.add_option("--to", options.to, "Peers in between")->capture_default_str()->check(count);
  command.add_option("--by", options.by, "Peers that come, and go, at a time")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000));
  command.add_option("--group", options.plan.largest_group, "Largest group")
      ->capture_default_str()
      ->check(CLI::Range(2u, following_group_limit));
  command.add_option("--adapt", options.plan.steps_to_adapt, "Averaging steps after each change")
      ->capture_default_str()
      ->check(CLI::Range(0, 1000));
  command.add_flag("--kill", options.plan.killed, "Who goes is killed and takes no leave");
}

}  // namespace

void declare_simulate_reshape(CLI::App& simulate, int& exit_code) {
  auto options = std::make_shared<ReshapeOptions>();
  CLI::App* command = simulate.add_subcommand(
      "reshape", "A swarm that grows and shrinks: does its grid follow, and is it the best one?");
  declare_sizes(*command, *options);
  command->add_option("--seed", options->seed, "The first seed")->capture_default_str();
  command->add_option("--seeds", options->seeds, "Seeds, one after the other")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  command
      ->add_option("--restarts", options->restarts, "Of each experiment that it is compared with")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  command->add_option("--allowance", options->allowance, "Rounds that it may need beside the best")
      ->capture_default_str();
  command->add_flag("--json", options->json, "One JSON object a line");
  command->footer(
      "After each change of size the swarm averages some steps, then all begin anew with N(0,1), "
      "and the rounds are\ncounted until the squared error is 1e-6. Exit code 1 if it needs more "
      "than is allowed beside the best grid.\n"
      "Examples:\n"
      "  moshpit simulate reshape\n"
      "  moshpit simulate reshape --to 256 --seeds 10   some minutes a seed");
  command->callback([options, &exit_code] { exit_code = simulate_reshape(*options); });
}

}  // namespace moshpit
