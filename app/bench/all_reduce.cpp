#include "app/bench/all_reduce.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "app/bench/contender.hpp"
#include "app/bench/contest_tally.hpp"
#include "app/bench/match_log.hpp"
#include "app/bench/member_processes.hpp"
#include "app/bench/optimum.hpp"
#include "app/codec_option.hpp"
#include "app/commands.hpp"
#include "app/interrupt.hpp"
#include "app/output.hpp"
#include "app/participation.hpp"
#include "codec/codec.hpp"

namespace moshpit {
namespace {

// Contenders take turns after some rounds, so that whatever else the machine does meets them all.
// Short rounds say little before there were many of them.
constexpr std::uint64_t bytes_of_a_turn = 512u << 20;

std::uint64_t rounds_of_a_turn(std::uint64_t bytes) {
  return std::clamp<std::uint64_t>(bytes_of_a_turn / bytes, 8, 128);
}

// Of values in [-0.5, 0.5): some roundings of fp32 for each member that is added, and those of the
// codec: of what is contributed, of the mean, and of what is still owed for the round before.
double rounding(Codec codec) { return 1e-6 + 4 * encoding_error(codec, 0.5f, 0.5f); }

// What the system uses for every connection here; it changes the figures of all contenders.
std::string congestion_control() {
  std::ifstream file("/proc/sys/net/ipv4/tcp_congestion_control");
  std::string name;
  file >> name;
  return name;
}

// One contender with all its turns.
class Entry {
 public:
  Entry(Contender contender, std::uint32_t peers)
      : contender_(std::move(contender)), tally_(peers) {}

  // All its processes, from start to end. Fails if a round did not come about.
  Result<void> take_turn(std::uint64_t turn, const Contest& contest, const Interrupt& interrupt) {
    MemberProcesses processes;
    const std::size_t rounds = tally_.rounds() + contest.rounds - warm_up_rounds;
    const auto started = contender_.start(processes, contest);
    if (!started) return started.error();
    while (processes.somebody_runs() && !interrupt.requested()) {
      for (const auto& event : processes.read()) heard(turn, contest, event);
    }
    if (interrupt.requested()) return {};
    if (processes.all_succeeded() && tally_.rounds() == rounds) return {};
    return Error(ErrorCode::unreachable,
                 fmt::format("{} did not get through its rounds.", contender_.name));
  }

  const Contender& contender() const { return contender_; }
  const ContestTally& tally() const { return tally_; }
  double median() const { return quantile(tally_.seconds(), 0.5); }

 private:
  void heard(std::uint64_t turn, const Contest& contest, const nlohmann::json& event) {
    const bool warm = event.value("round", std::uint64_t{0}) > warm_up_rounds;
    if (event.value("event", "") != "round" || !warm) return;
    ContestSighting sighting{event.at("began"), event.at("ended"), event.at("sent"),
                             event.at("processor"), event.at("error")};
    sighting.matching = event.value("matching", 0.0);
    sighting.phases = event.value("phases", sighting.phases);
    sighting.members = event.value("members", contest.peers);
    tally_.saw({turn, event.at("round")}, sighting);
  }

  Contender contender_;
  ContestTally tally_;
};

class BenchAllReduce {
 public:
  BenchAllReduce(const BenchAllReduceOptions& options, std::vector<Contender> contenders,
                 const Output& output, const Interrupt& interrupt)
      : options_(options), output_(output), interrupt_(interrupt) {
    for (Contender& one : contenders) entries_.emplace_back(std::move(one), options.peers);
  }

  // Returns the program's exit code.
  int run() {
    output_.say(fmt::format("{} peers reduce {} bytes each over TCP with {}, {} times",
                            options_.peers, options_.bytes, congestion_control(), options_.rounds));
    const std::uint64_t turn = rounds_of_a_turn(options_.bytes);
    for (std::uint64_t done = 0; done < options_.rounds; done += turn) {
      const std::uint64_t rounds = std::min(turn, options_.rounds - done);
      for (Entry& entry : entries_) {
        const Contest contest{options_.peers, options_.bytes, rounds + warm_up_rounds};
        const auto taken = entry.take_turn(done, contest, interrupt_);
        if (interrupt_.requested()) return Interrupt::exit_code;
        if (!taken) return output_.fail(taken.error());
      }
    }
    return report();
  }

 private:
  int report() const {
    for (const Entry& entry : entries_) tell(entry);
    const bool right = std::ranges::all_of(entries_, [](const Entry& entry) {
      return entry.tally().max_error() <= rounding(entry.contender().codec);
    });
    if (!right) output_.say("A result is WRONG by more than rounding.");
    const bool whole = std::ranges::all_of(
        entries_, [](const Entry& entry) { return entry.tally().broken() == 0; });
    return right && whole ? 0 : 1;
  }

  void tell(const Entry& entry) const {
    const Contender& contender = entry.contender();
    const ContestTally& tally = entry.tally();
    nlohmann::json line{{"event", "contender"},
                        {"contender", contender.name},
                        {"peers", options_.peers},
                        {"bytes", options_.bytes},
                        {"codec", std::string(name_of(contender.codec))},
                        {"encrypted", contender.encrypted},
                        {"congestion_control", congestion_control()},
                        {"rounds", tally.rounds()},
                        {"rounds_without_somebody", tally.broken()},
                        {"median_seconds", entry.median()},
                        {"sd_seconds", standard_deviation(tally.seconds())},
                        {"processor_seconds", tally.processor_seconds()},
                        {"wire_bytes", tally.wire_bytes()},
                        {"max_error", tally.max_error()},
                        {"matching_seconds", quantile(tally.matching_seconds(), 0.5)},
                        {"phase_seconds", tally.phase_seconds()},
                        {"ratio_to_floor", entry.median() / floor().median()},
                        {"ratio_to_best_peer", nullptr},
                        {"optimum_seconds", nullptr}};
    const Entry* best = best_peer();
    if (const auto optimum = optimum_for(contender)) line["optimum_seconds"] = *optimum;
    if (best) line["ratio_to_best_peer"] = entry.median() / best->median();
    output_.event(line);
    output_.say(verdict(entry, best));
  }

  std::string verdict(const Entry& entry, const Entry* best) const {
    const ContestTally& tally = entry.tally();
    std::string text =
        fmt::format("{:<22} {:<4} {:8.4f} s (sd {:.4f})  {:5.2f} x the floor",
                    entry.contender().name, name_of(entry.contender().codec), entry.median(),
                    standard_deviation(tally.seconds()), entry.median() / floor().median());
    if (best) {
      text +=
          fmt::format("  {:5.2f} x {}", entry.median() / best->median(), best->contender().name);
    }
    if (const auto optimum = optimum_for(entry.contender())) {
      text += fmt::format("  {:.2f} x what the lines allow", entry.median() / *optimum);
    }
    if (entry.contender().encrypted) text += "  encrypted";
    if (entry.contender().name == "moshpit" && options_.peer.plaintext) text += "  NOT encrypted";
    return text + "\n    " + details(tally);
  }

  std::string details(const ContestTally& tally) const {
    std::string text =
        fmt::format("{:.3f} s of processor, {:.1f} MB sent, {:.0e} off the mean at most",
                    tally.processor_seconds(), tally.wire_bytes() / 1e6, tally.max_error());
    if (tally.broken() > 0) {
      text += fmt::format("; {} rounds WITHOUT SOMEBODY'S VALUES", tally.broken());
    }
    const double matching = quantile(tally.matching_seconds(), 0.5);
    if (matching > 0) text += fmt::format("; matching before it {:.4f} s", matching);
    return text + phases_of(tally);
  }

  // Where the time of a member went, if that is known.
  static std::string phases_of(const ContestTally& tally) {
    const char* before = "; of a round ";
    std::string text;
    for (const auto& [phase, seconds] : tally.phase_seconds()) {
      text += fmt::format("{}{} {:.4f}", std::exchange(before, ", "), phase, seconds);
    }
    return text.empty() ? text : text + " s";
  }

  // Only moshpit is limited.
  std::optional<double> optimum_for(const Contender& contender) const {
    if (contender.name != "moshpit") return std::nullopt;
    return optimum_of(options_, contender.codec);
  }

  const Entry& floor() const {
    return *std::ranges::find(entries_, "floor",
                              [](const Entry& entry) { return entry.contender().name; });
  }

  // The fastest of the other implementations; null if none takes part.
  const Entry* best_peer() const {
    const Entry* best = nullptr;
    for (const Entry& entry : entries_) {
      if (!entry.contender().is_peer) continue;
      if (!best || entry.median() < best->median()) best = &entry;
    }
    return best;
  }

  const BenchAllReduceOptions& options_;
  const Output& output_;
  const Interrupt& interrupt_;
  std::vector<Entry> entries_;
};

int bench_all_reduce(const BenchAllReduceOptions& options) {
  const Output output(options.json);
  const Interrupt interrupt;
  auto all = contenders(options);
  if (!all) return output.fail(all.error());
  return BenchAllReduce(options, *std::move(all), output, interrupt).run();
}

}  // namespace

void declare_bench_all_reduce(CLI::App& bench, int& exit_code) {
  auto options = std::make_shared<BenchAllReduceOptions>();
  CLI::App* command = bench.add_subcommand(
      "all-reduce", "A round of one group, beside the floor and other implementations");
  command->add_option("--peers", options->peers, "Processes of each contender")
      ->capture_default_str()
      ->check(CLI::Range(2, 64));
  command->add_option("--bytes", options->bytes, "Of each peer's vector; 64M are 64 MiB")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::Range(std::uint64_t{1} << 10, std::uint64_t{1} << 32));
  command
      ->add_option("--against", options->against,
                   "Other implementations: gloo, mpi or both, as gloo,mpi")
      ->delimiter(',')
      ->check(CLI::IsMember({"gloo", "mpi"}));
  command
      ->add_option("--codec", options->codecs,
                   "How moshpit's values travel, one or several: fp32, fp16, bf16, int8")
      ->capture_default_str()
      ->delimiter(',')
      ->check(is_codec());
  command->add_flag("--plaintext", options->peer.plaintext,
                    "moshpit does not encrypt either: for measuring only, no run can do it");
  declare_bandwidth_limit(*command, options->peer.bandwidth);
  declare_bandwidth_limit(*command, options->last, "--last-bandwidth-limit",
                          "moshpit's last peer, in place of the others',");
  command->add_option("--rounds", options->rounds, "Rounds of each contender")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  command->add_flag("--json", options->json, "One JSON object a line");
  command->footer(
      "A round lasts from when its last process has begun (moshpit's group stands) until the last\n"
      "one has the result. The floor moves the bytes of an all-reduce through TCP and does "
      "nothing\n"
      "else. Contenders take turns of some rounds. Exit code 1 if a result is wrong or a round "
      "went\n"
      "on without a member, as it may where the machine is too busy.\n"
      "Examples:\n"
      "  moshpit bench all-reduce --peers 4 --bytes 64M\n"
      "  moshpit bench all-reduce --against gloo,mpi --rounds 40 --json");
  command->callback([options, &exit_code] { exit_code = bench_all_reduce(*options); });
}

}  // namespace moshpit
