#include "app/bench/match.hpp"

#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/bench/match_log.hpp"
#include "app/bench/member_processes.hpp"
#include "app/commands.hpp"
#include "app/interrupt.hpp"
#include "app/output.hpp"
#include "moshpit/grid.hpp"

namespace moshpit {
namespace {

// A peer that accepts no connections may miss one round in twenty.
constexpr double enough_grouped = 0.95;

class BenchMatch {
 public:
  BenchMatch(const BenchMatchOptions& options, const Grid& grid, const Output& output,
             const Interrupt& interrupt)
      : options_(options),
        rounds_(steps_of(options, grid) * grid.dimensions()),
        output_(output),
        interrupt_(interrupt),
        log_(grid.side()) {}

  // Returns the program's exit code.
  int run() {
    output_.say(
        fmt::format("{} peers on the grid {}, {} rounds", options_.peers, options_.grid, rounds_));
    for (std::uint64_t index = 0; index < options_.peers; ++index) {
      const auto started = members_.start(arguments_of({options_, index, invite_}));
      if (!started) return output_.fail(started.error());
      while (invite_.empty() && members_.somebody_runs() && !interrupt_.requested()) read();
    }
    while (members_.somebody_runs() && !interrupt_.requested()) read();
    if (interrupt_.requested()) return Interrupt::exit_code;
    if (!members_.all_succeeded()) return 1;  // who did not has said why
    return report();
  }

 private:
  void read() {
    for (const auto& event : members_.read()) heard(event);
  }

  void heard(const nlohmann::json& event) {
    const std::string kind = event.value("event", "");
    if (kind == "member" && invite_.empty()) invite_ = event.at("invite");
    if (kind != "sighting") return;
    log_.saw({RoundTime{event.at("step"), event.at("round")}, event.at("group"),
              event.at("members"), event.at("announced"), event.at("stood")});
  }

  int report() const {
    const std::vector<double> times = log_.milliseconds();
    nlohmann::json line{{"event", "report"},
                        {"peers", options_.peers},
                        {"grid", options_.grid},
                        {"rounds", rounds_},
                        {"full_groups", log_.full_groups()},
                        {"other_groups", log_.other_groups()},
                        {"outbound_only", options_.outbound_only},
                        {"grouped", log_.grouped()}};
    if (!times.empty()) {
      line["median_ms"] = quantile(times, 0.5);
      line["p95_ms"] = quantile(times, 0.95);
      line["max_ms"] = times.back();
      output_.say("from the last member's announcement until the group stood at all members:");
      output_.say(fmt::format("median {:.1f} ms, 95 % within {:.1f} ms, at most {:.1f} ms",
                              quantile(times, 0.5), quantile(times, 0.95), times.back()));
    }
    output_.say(fmt::format("{} full groups, {} others; {:.1f} % of the rounds in a group",
                            log_.full_groups(), log_.other_groups(), 100 * log_.grouped()));
    output_.event(line);
    return is_good() ? 0 : 1;
  }

  // Where few accept connections, groups are larger and smaller than the side.
  bool is_good() const {
    if (options_.outbound_only > 0) return log_.grouped() >= enough_grouped;
    return log_.other_groups() == 0 && log_.full_groups() > 0;
  }

  const BenchMatchOptions& options_;
  std::uint64_t rounds_;
  const Output& output_;
  const Interrupt& interrupt_;
  MatchLog log_;
  std::string invite_;
  MemberProcesses members_;
};

int bench_match(BenchMatchOptions options) {
  const Output output(options.json);
  const Interrupt interrupt;
  if (options.grid.empty()) options.grid = std::to_string(options.peers);
  const auto grid = Grid::parse(options.grid);
  if (!grid) return output.fail(grid.error());
  if (grid->places() != options.peers) {
    return output.fail(Error(ErrorCode::invalid_argument,
                             fmt::format("The grid {} has {} places and {} peers do not fill it: "
                                         "groups with holes are not what is measured here.",
                                         options.grid, grid->places(), options.peers)));
  }
  if (options.outbound_only >= options.peers) {
    return output.fail(Error(ErrorCode::invalid_argument,
                             fmt::format("{} of {} peers accept no connections: at least one must.",
                                         options.outbound_only, options.peers)));
  }
  return BenchMatch(options, *grid, output, interrupt).run();
}

}  // namespace

void declare_bench_match(CLI::App& bench, int& exit_code) {
  auto options = std::make_shared<BenchMatchOptions>();
  CLI::App* command = bench.add_subcommand(
      "match", "From the last member's announcement until a full group stands");
  command->add_option("--peers", options->peers, "Processes")
      ->capture_default_str()
      ->check(CLI::Range(2, 256));
  command->add_option("--rounds", options->rounds, "Rounds of each peer, at least")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000'000));
  command->add_option("--grid", options->grid,
                      "Grid that the peers fill, as 4 or 2x2; without it, one group of all");
  command
      ->add_option("--outbound-only", options->outbound_only,
                   "So many of the peers accept no connections")
      ->capture_default_str();
  command
      ->add_option("--seed", options->seed,
                   "Of the pauses, 50 to 100 ms, before each peer begins a step")
      ->capture_default_str();
  command->add_flag("--json", options->json, "One JSON object a line");
  command->footer(
      "Exit code 1 if a group was not full; with --outbound-only, if more than one round in twenty "
      "was spent alone.\n"
      "Examples:\n"
      "  moshpit bench match --peers 4 --rounds 50\n"
      "  moshpit bench match --peers 16 --grid 4x4 --json\n"
      "  moshpit bench match --peers 16 --grid 4x4 --outbound-only 13");
  command->callback([options, &exit_code] { exit_code = bench_match(*options); });
}

}  // namespace moshpit
