#include "app/bench/kill.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "app/bench/begin_again.hpp"
#include "app/bench/contender.hpp"
#include "app/bench/match_log.hpp"
#include "app/bench/member_processes.hpp"
#include "app/commands.hpp"
#include "app/interrupt.hpp"
#include "app/output.hpp"

namespace moshpit {
namespace {

// What the members say of one round.
struct RoundLines {
  double first_stood = 0;
  double last_ended = 0;
  std::size_t members = 0;
  std::size_t whole = 0;  // had a view, and all the members that the bench has
  std::set<std::string> digests;
  double error = 0;

  void add(const nlohmann::json& line, std::uint32_t peers) {
    const double stood = line.at("stood");
    first_stood = members == 0 ? stood : std::min(first_stood, stood);
    last_ended = std::max(last_ended, line.at("ended").get<double>());
    ++members;
    whole += line.at("members") == peers && line.at("view") > 0 ? 1 : 0;
    digests.insert(line.at("digest").get<std::string>());
    error = std::max(error, line.at("error").get<double>());
  }
  double seconds() const { return last_ended - first_stood; }
};

// One swarm, of which one member is struck in the last round.
class KillTrial {
 public:
  // Victims are so many members from the first one on, round the circle.
  KillTrial(const BenchKillOptions& options, std::uint64_t first_victim, const Interrupt& interrupt)
      : options_(options), first_victim_(first_victim), interrupt_(interrupt) {}

  // Fails if it did not come about.
  Result<void> run() {
    for (std::uint64_t index = 0; index < options_.peers; ++index) {
      const auto started =
          members_.start(arguments_of(BenchKillMember{options_, index, is_victim(index), invite_}));
      if (!started) return started.error();
      while (invite_.empty() && members_.somebody_runs() && !interrupt_.requested()) read();
    }
    const RoundLines& last = rounds_[last_step];
    const std::size_t survivors = options_.peers - options_.victims;
    while (last.members < survivors && a_survivor_runs() && !interrupt_.requested()) read();
    if (interrupt_.requested() || last.members == survivors) return {};
    return Error(ErrorCode::unreachable,
                 fmt::format("Only {} of {} survivors ended the round: see their messages above.",
                             last.members, survivors));
  }

  // Of the rounds without a fault, but for the first one.
  std::vector<double> normal() const {
    std::vector<double> all;
    for (const auto& [step, round] : rounds_) {
      if (step > 1 && step < last_step) all.push_back(round.seconds());
    }
    return all;
  }
  const RoundLines& struck() const { return rounds_.at(last_step); }
  double struck_after() const { return strike_ - struck().first_stood; }
  std::uint64_t take_overs() const { return take_overs_; }

 private:
  static constexpr std::uint64_t last_step = BenchKillOptions::normal_rounds + 1;

  bool is_victim(std::uint64_t index) const {
    return (index + options_.peers - first_victim_) % options_.peers < options_.victims;
  }

  // A victim may be frozen, and is not waited for.
  bool a_survivor_runs() const {
    for (std::size_t i = 0; i < options_.peers; ++i) {
      if (!is_victim(i) && members_.runs(i)) return true;
    }
    return false;
  }

  void read() {
    for (const auto& event : members_.read()) heard(event);
  }

  void heard(const nlohmann::json& event) {
    const std::string kind = event.value("event", "");
    if (kind == "member" && invite_.empty()) invite_ = event.at("invite");
    if (kind == "strike") strike_ = event.at("at");
    if (kind != "round") return;
    rounds_[event.at("step")].add(event, options_.peers);
    take_overs_ = std::max(take_overs_, event.at("take_overs").get<std::uint64_t>());
  }

  const BenchKillOptions& options_;
  std::uint64_t first_victim_;
  const Interrupt& interrupt_;
  std::string invite_;
  MemberProcesses members_;
  std::map<std::uint64_t, RoundLines> rounds_;
  double strike_ = 0;
  std::uint64_t take_overs_ = 0;
};

class BenchKill {
 public:
  BenchKill(const BenchKillOptions& options, const Output& output, const Interrupt& interrupt)
      : options_(options), output_(output), interrupt_(interrupt) {}

  // Returns the program's exit code.
  int run() {
    output_.say(fmt::format(
        "{} peers average {} bytes each; {} {} at {:.0f} % of a round", options_.peers,
        options_.bytes, options_.victims == 1 ? "one is" : fmt::format("{} are", options_.victims),
        options_.freeze ? "frozen" : "killed with SIGKILL", 100 * options_.at));
    for (std::uint32_t trial = 0; trial < options_.trials; ++trial) {
      KillTrial one(options_, trial % options_.peers, interrupt_);
      const auto ran = one.run();
      if (interrupt_.requested()) return Interrupt::exit_code;
      if (!ran) return output_.fail(ran.error());
      tell(one, trial);
    }
    if (options_.against_gloo) {
      const auto seen = see_gloo();
      if (interrupt_.requested()) return Interrupt::exit_code;
      if (!seen) return output_.fail(seen.error());
    }
    return report();
  }

 private:
  void tell(const KillTrial& trial, std::uint32_t number) {
    const auto times = trial.normal();
    normal_.insert(normal_.end(), times.begin(), times.end());
    const RoundLines& struck = trial.struck();
    settled_.push_back(struck.seconds());
    same_bytes_ = same_bytes_ && struck.digests.size() == 1;
    whole_ = whole_ && struck.whole == struck.members;
    error_ = std::max(error_, struck.error);
    output_.say(fmt::format("victim {}: struck after {:.3f} s, survivors settled after {:.3f} s{}",
                            number % options_.peers, trial.struck_after(), struck.seconds(),
                            trial.take_overs() > 0 ? ", taken over" : ""));
    output_.event({{"event", "trial"},
                   {"victim", number % options_.peers},
                   {"struck_after", trial.struck_after()},
                   {"settled_seconds", struck.seconds()},
                   {"take_overs", trial.take_overs()},
                   {"same_bytes", struck.digests.size() == 1},
                   {"max_error", struck.error}});
  }

  // The trial that took the median time.
  Result<void> see_gloo() {
    std::vector<BeginningAgain> trials;
    for (std::uint32_t trial = 0; trial < options_.trials && !interrupt_.requested(); ++trial) {
      const auto again = begin_again(options_, interrupt_);
      if (!again) return again.error();
      trials.push_back(*again);
    }
    std::ranges::sort(trials, {}, [](const BeginningAgain& again) { return again.ended; });
    if (!trials.empty()) gloo_ = trials[trials.size() / 2];
    return {};
  }

  nlohmann::json gloo_line() const {
    if (!gloo_) return nullptr;
    return {{"normal_seconds", gloo_->normal},
            {"noticed_seconds", gloo_->noticed},
            {"met_seconds", gloo_->met},
            {"ended_seconds", gloo_->ended}};
  }

  int report() {
    std::sort(normal_.begin(), normal_.end());
    std::sort(settled_.begin(), settled_.end());
    output_.say(
        fmt::format("a normal round takes {:.3f} s, this one {:.3f} s (medians; at most "
                    "{:.3f} s); survivors hold {} bytes, {:.1e} off the mean at most",
                    quantile(normal_, 0.5), quantile(settled_, 0.5), settled_.back(),
                    same_bytes_ ? "the same" : "DIFFERENT", error_));
    output_.event({{"event", "report"},
                   {"peers", options_.peers},
                   {"bytes", options_.bytes},
                   {"at", options_.at},
                   {"victims", options_.victims},
                   {"freeze", options_.freeze},
                   {"trials", options_.trials},
                   {"normal_seconds", quantile(normal_, 0.5)},
                   {"settled_seconds", quantile(settled_, 0.5)},
                   {"settled_seconds_max", settled_.back()},
                   {"finished", whole_},
                   {"same_bytes", same_bytes_},
                   {"max_error", error_},
                   {"gloo", gloo_line()}});
    if (gloo_) {
      output_.say(
          fmt::format("gloo, which does not encrypt, takes {:.3f} s for a normal round; "
                      "here it notices after {:.3f} s, has a new group after {:.3f} s and "
                      "the result, begun again, after {:.3f} s",
                      gloo_->normal, gloo_->noticed, gloo_->met, gloo_->ended));
    }
    return same_bytes_ && whole_ ? 0 : 1;
  }

  const BenchKillOptions& options_;
  const Output& output_;
  const Interrupt& interrupt_;
  std::vector<double> normal_;
  std::vector<double> settled_;
  bool same_bytes_ = true;
  bool whole_ = true;
  double error_ = 0;
  std::optional<BeginningAgain> gloo_;
};

int bench_kill(const BenchKillOptions& options) {
  const Output output(options.json);
  const Interrupt interrupt;
  if (options.victims >= options.peers) {
    return output.fail(Error(ErrorCode::invalid_argument,
                             fmt::format("Of {} peers at most {} can be struck: somebody must be "
                                         "left to finish the round.",
                                         options.peers, options.peers - 1)));
  }
  if (options.against_gloo && (options.freeze || options.victims > 1)) {
    return output.fail(Error(ErrorCode::invalid_argument,
                             "gloo is shown one member that is killed: of a frozen one it notices "
                             "nothing for 30 s."));
  }
  if (options.against_gloo && !program_of("gloo")) return output.fail(program_of("gloo").error());
  return BenchKill(options, output, interrupt).run();
}

}  // namespace

void declare_bench_kill(CLI::App& bench, int& exit_code) {
  auto options = std::make_shared<BenchKillOptions>();
  CLI::App* command = bench.add_subcommand("kill", "A round in which a member is killed or frozen");
  command->add_option("--peers", options->peers, "Processes")
      ->capture_default_str()
      ->check(CLI::Range(2, 64));
  command->add_option("--bytes", options->bytes, "Of each peer's vector; 64M are 64 MiB")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::Range(std::uint64_t{4}, std::uint64_t{1} << 32));
  command->add_option("--at", options->at, "Fraction of a round: of the bytes that it moves")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  command->add_option("--victims", options->victims, "Members that are struck at once")
      ->capture_default_str()
      ->check(CLI::Range(1, 63));
  command->add_flag("--freeze", options->freeze, "SIGSTOP instead of SIGKILL");
  command->add_option("--trials", options->trials, "Swarms, each with other victims")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000));
  command->add_flag("--against-gloo", options->against_gloo,
                    "Beside it what gloo's members do: notice, meet again and begin again");
  command->add_flag("--json", options->json, "One JSON object a line");
  command->footer(
      "Exit code 1 if a survivor did not finish the round, or survivors hold different bytes.\n"
      "Examples:\n"
      "  moshpit bench kill --peers 4 --bytes 64M --at 0.4\n"
      "  moshpit bench kill --peers 5 --victims 2 --freeze --json");
  command->callback([options, &exit_code] { exit_code = bench_kill(*options); });
}

}  // namespace moshpit
