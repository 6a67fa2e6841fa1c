#include "app/bench/catch_up.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "app/bench/match_log.hpp"
#include "app/bench/member_processes.hpp"
#include "app/commands.hpp"
#include "app/interrupt.hpp"
#include "app/output.hpp"
#include "app/participation.hpp"

namespace moshpit {
namespace {

// When a donor is killed: in the middle, with much still to come from the others.
constexpr double killed_at = 0.4;
// The first steps measure lines and deadlines; so many more tell how long one takes.
constexpr std::size_t first_steps = 3;
constexpr std::size_t normal_steps = 10;

class BenchCatchUp {
 public:
  BenchCatchUp(const BenchCatchUpOptions& options, const Output& output, const Interrupt& interrupt)
      : options_(options), output_(output), interrupt_(interrupt) {}

  // Returns the program's exit code.
  int run() {
    output_.say(fmt::format("a late peer downloads {} bytes from {} donors{}{}", options_.bytes,
                            options_.donors, options_.kill_one ? ", one of which is killed" : "",
                            options_.corrupt_one ? ", one of which lies" : ""));
    for (std::uint32_t index = 0; index < options_.donors; ++index) {
      const bool lies = options_.corrupt_one && index + 1 == options_.donors;
      if (auto started = start(lies ? CatchUpPart::liar : CatchUpPart::donor); !started) {
        return output_.fail(started.error());
      }
      wait([this] { return !invite_.empty(); });
    }
    wait([this] { return donors_ready_ == options_.donors && measured(); });
    late_ = options_.donors;
    if (auto started = start(CatchUpPart::late); !started) return output_.fail(started.error());
    wait([this] { return downloaded_.has_value() || !members_.runs(late_); });
    if (interrupt_.requested()) return Interrupt::exit_code;
    if (downloaded_) return report();
    return output_.fail(Error(ErrorCode::unreachable,
                              "The late peer did not get the state: see its message above."));
  }

 private:
  Result<void> start(CatchUpPart part) {
    return members_.start(arguments_of(BenchCatchUpMember{options_, part, invite_}));
  }

  template <class Condition>
  void wait(Condition condition) {
    while (!condition() && members_.somebody_runs() && !interrupt_.requested()) {
      for (const auto& event : members_.read()) heard(event);
    }
  }

  bool measured() const {
    const std::size_t wanted = (first_steps + normal_steps) * options_.honest();
    return options_.averaging == 0 || steps_ >= wanted;
  }

  void heard(const nlohmann::json& event) {
    const std::string kind = event.value("event", "");
    if (kind == "member" && invite_.empty()) invite_ = event.at("invite");
    if (kind == "donor") ++donors_ready_;
    if (kind == "liar") ++donors_ready_, liar_ = event.at("peer");
    if (kind == "step") stepped(event);
    if (kind == "progress") progressed(event);
    if (kind == "downloaded") downloaded_ = event;
  }

  void stepped(const nlohmann::json& event) {
    ++steps_;
    if (steps_ <= first_steps * options_.honest() || !event.at("whole")) return;
    (late_ > 0 ? beside_ : normal_).push_back(event.at("seconds"));
  }

  void progressed(const nlohmann::json& event) {
    const double share = event.at("bytes").get<double>() / static_cast<double>(options_.bytes);
    most_donors_ = std::max(most_donors_, event.at("donors").get<std::size_t>());
    if (!options_.kill_one || killed_ || share < killed_at) return;
    killed_ = true;
    members_.kill(1);
    output_.say(fmt::format("a donor is killed at {:.0f} %", 100 * share));
  }

  // Those whom the late peer calls liars are the one that is, and nobody else.
  bool named_right() const {
    std::vector<std::string> liars;
    for (const auto& one : downloaded_->at("dropped")) {
      if (one.at("lied")) liars.push_back(one.at("peer"));
    }
    return liars ==
           (options_.corrupt_one ? std::vector<std::string>{liar_} : std::vector<std::string>{});
  }

  int report() {
    const double seconds = downloaded_->at("seconds");
    const double received = downloaded_->at("bytes_received");
    const double ratio = received / static_cast<double>(options_.bytes);
    const bool right = downloaded_->at("right");
    std::ranges::sort(normal_);
    std::ranges::sort(beside_);
    const double before = normal_.empty() ? 0 : quantile(normal_, 0.5);
    const double beside = beside_.empty() ? 0 : quantile(beside_, 0.5);
    output_.say(downloaded_->at("sentence"));
    output_.say(
        fmt::format("{:.2f} s, {:.0f} MB/s; {:.3f} bytes came for each of the state; the "
                    "bytes are {}",
                    seconds, received / seconds / 1e6, ratio, right ? "right" : "WRONG"));
    if (before > 0 && beside > 0) {
      output_.say(
          fmt::format("a step of the others took {:.3f} s before and {:.3f} s meanwhile, "
                      "{:+.0f} % (medians)",
                      before, beside, 100 * (beside / before - 1)));
    }
    output_.event({{"event", "report"},
                   {"bytes", options_.bytes},
                   {"donors", options_.donors},
                   {"donors_at_once", most_donors_},
                   {"killed", killed_},
                   {"seconds", seconds},
                   {"bytes_received", received},
                   {"bytes_ratio", ratio},
                   {"right", right},
                   {"liar", liar_},
                   {"liar_named", named_right()},
                   {"dropped", downloaded_->at("dropped")},
                   {"step_seconds_before", before},
                   {"step_seconds_meanwhile", beside}});
    return right && named_right() ? 0 : 1;
  }

  const BenchCatchUpOptions& options_;
  const Output& output_;
  const Interrupt& interrupt_;
  MemberProcesses members_;
  std::string invite_;
  std::string liar_;
  std::size_t late_ = 0;  // its number among the members, once it is there
  std::uint32_t donors_ready_ = 0;
  std::size_t most_donors_ = 0;
  bool killed_ = false;
  std::size_t steps_ = 0;
  std::vector<double> normal_;
  std::vector<double> beside_;  // while the late peer downloads
  std::optional<nlohmann::json> downloaded_;
};

int bench_catch_up(const BenchCatchUpOptions& options) {
  const Output output(options.json);
  const Interrupt interrupt;
  const std::uint32_t needed = 1 + (options.kill_one ? 1 : 0) + (options.corrupt_one ? 1 : 0);
  if (options.donors < needed) {
    return output.fail(Error(ErrorCode::invalid_argument,
                             fmt::format("Of {} donors none would be left to give the state: take "
                                         "at least {}.",
                                         options.donors, needed)));
  }
  if (options.averaging > 0 && options.honest() < 2) {
    return output.fail(Error(ErrorCode::invalid_argument,
                             "One honest donor has nobody to average with: take two."));
  }
  return BenchCatchUp(options, output, interrupt).run();
}

}  // namespace

void declare_bench_catch_up(CLI::App& bench, int& exit_code) {
  auto options = std::make_shared<BenchCatchUpOptions>();
  CLI::App* command =
      bench.add_subcommand("catch-up", "A late peer downloads the state of a run from several");
  command->add_option("--bytes", options->bytes, "Of the state; 256M are 256 MiB")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::Range(std::uint64_t{4}, std::uint64_t{1} << 32));
  command->add_option("--donors", options->donors, "Processes that give it")
      ->capture_default_str()
      ->check(CLI::Range(1, 32));
  command->add_flag("--kill-one", options->kill_one, "SIGKILL for a donor at 40 %");
  command->add_flag("--corrupt-one", options->corrupt_one,
                    "Every third piece of one donor has a wrong bit");
  command
      ->add_option("--averaging", options->averaging,
                   "The honest donors average vectors of so many bytes meanwhile")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1} << 30));
  declare_bandwidth_limit(*command, options->peer.bandwidth);
  command->add_flag("--json", options->json, "One JSON object a line");
  command->footer(
      "Exit code 1 if the bytes are wrong, or if another donor than the lying one is called a "
      "liar.\n"
      "Examples:\n"
      "  moshpit bench catch-up --bytes 256M --donors 3 --kill-one --corrupt-one\n"
      "  moshpit bench catch-up --bytes 64M --averaging 16M --bandwidth-limit 20M/20M");
  command->callback([options, &exit_code] { exit_code = bench_catch_up(*options); });
}

}  // namespace moshpit
