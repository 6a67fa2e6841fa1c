#include "app/bench/endure.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fmt/format.h>
#include <iterator>
#include <list>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <poll.h>
#include <utility>

#include "app/bench/endurance.hpp"
#include "app/demo/process.hpp"
#include "app/interrupt.hpp"
#include "app/output.hpp"
#include "base/random.hpp"

namespace moshpit {
namespace {

constexpr const char* own_errors = "/dev/stderr";
constexpr int glance_ms = 50;
// So many members live from the beginning to the end, so that one sees whether they grow; they are
// frozen like everybody else.
constexpr std::size_t elders = 2;
// A frozen member comes back after at most so long.
constexpr double longest_freeze = 5;
// A member that has not been frozen for so long has ended a step, whatever happens to the others.
constexpr double longest_step = 30;
constexpr double between_sentences = 10;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct EnduringMember {
  Process process;
  std::size_t number;  // in order of birth
  std::string invite;
  double heard = 0;  // of it, or the end of its last freeze
  std::optional<double> frozen_until;
};

class BenchEndure {
 public:
  BenchEndure(const BenchEndureOptions& options, const Output& output, const Interrupt& interrupt)
      : options_(options), output_(output), interrupt_(interrupt), random_(options.seed) {}

  // Returns the program's exit code.
  int run() {
    output_.say(fmt::format(
        "{} peers average {} bytes each, step after step, for {:.0f} s; every {:g} s one is killed "
        "and replaced, or frozen for up to {:.0f} s",
        options_.peers, options_.bytes, options_.seconds, options_.every, longest_freeze));
    for (std::size_t i = 0; i < options_.peers; ++i) {
      const auto joined = take_in();
      if (!joined) return output_.fail(joined.error());
    }
    begin_ = now();
    next_sentence_ = begin_ + between_sentences;
    double strike_at = begin_ + options_.every;
    while (now() < begin_ + options_.seconds && !interrupt_.requested()) {
      look();
      if (members_.empty()) return output_.fail(nobody_left());
      if (now() < strike_at) continue;
      const auto struck = strike();
      if (!struck) return output_.fail(struck.error());
      strike_at += options_.every;
    }
    const int code = report(now());
    return interrupt_.requested() ? Interrupt::exit_code : code;
  }

 private:
  // Starts a member, and waits for the first one, by whose invite the others join.
  Result<void> take_in() {
    const std::string invite = members_.empty() ? "" : somebodys_invite();
    auto process =
        Process::start(arguments_of(BenchEndureMember{options_.bytes, invite}), own_errors);
    if (!process) return process.error();
    members_.push_back({*std::move(process), born_++, "", now(), std::nullopt});
    while (!members_.empty() && members_.front().invite.empty() && !interrupt_.requested()) look();
    if (members_.empty()) return nobody_left();
    return {};
  }

  static Error nobody_left() {
    return Error(ErrorCode::unreachable,
                 "All members of the bench ended by themselves: see their messages above.");
  }

  // Of a member that is there to answer.
  std::string somebodys_invite() {
    std::vector<std::string> invites;
    for (const EnduringMember& member : members_) {
      if (!member.invite.empty() && !member.frozen_until) invites.push_back(member.invite);
    }
    if (invites.empty()) return members_.front().invite;
    return invites[random_.below(invites.size())];
  }

  void look() {
    std::vector<pollfd> waits;
    for (const EnduringMember& member : members_) {
      waits.push_back({member.process.output(), POLLIN, 0});
    }
    poll(waits.data(), waits.size(), glance_ms);
    for (EnduringMember& member : members_) {
      for (const auto& event : member.process.read()) heard(member, event);
      judge(member);
    }
    std::erase_if(members_, [](const EnduringMember& one) { return one.process.finished(); });
    if (now() < next_sentence_ || begin_ == 0) return;
    next_sentence_ += between_sentences;
    output_.say(fmt::format("after {:.0f} s: {}", now() - begin_, so_far()));
  }

  void heard(EnduringMember& member, const nlohmann::json& event) {
    member.heard = std::max(member.heard, now());
    const std::string kind = event.value("event", "");
    if (kind == "member") member.invite = event.at("invite");
    if (kind != "step") return;
    for (const auto& round : event.at("rounds")) {
      endurance_.saw(member.number,
                     {round.at("id"), round.at("view"), round.at("digest"), round.at("ended"),
                      round.at("reducing"), round.at("deadline"), round.at("error")});
    }
    endurance_.measured(member.number, {now(), event.at("memory"), event.at("descriptors")});
  }

  void judge(EnduringMember& member) {
    if (member.process.finished()) {
      endurance_.found(fmt::format("member {} ended by itself with {}: see its message above",
                                   member.number, member.process.exit_code()));
      return;
    }
    if (member.frozen_until && now() >= *member.frozen_until) thaw(member);
    if (member.frozen_until || now() - member.heard < longest_step) return;
    endurance_.found(fmt::format("member {} has said nothing for {:.0f} s", member.number,
                                 now() - member.heard));
    member.heard = now();
  }

  void thaw(EnduringMember& member) {
    ::kill(member.process.pid(), SIGCONT);
    member.frozen_until.reset();
    member.heard = now();
  }

  // Whoever is struck, half of the members are always there.
  Result<void> strike() {
    const auto frozen = std::ranges::count_if(
        members_, [](const EnduringMember& member) { return member.frozen_until.has_value(); });
    const bool freeze = random_.below(2) == 0;
    const auto victim =
        std::next(members_.begin(), static_cast<std::ptrdiff_t>(random_.below(members_.size())));
    EnduringMember& member = *victim;
    if (member.frozen_until) return {};
    if (freeze || member.number < elders) {
      if (2 * (frozen + 1) > std::ssize(members_)) return {};
      const double duration = longest_freeze * static_cast<double>(1 + random_.below(1000)) / 1000;
      ::kill(member.process.pid(), SIGSTOP);
      ++freezes_;
      member.frozen_until = now() + duration;
      endurance_.froze(member.number, now(), now() + duration);
      return {};
    }
    member.process.kill();
    ++kills_;
    members_.erase(victim);
    return take_in();
  }

  std::string so_far() const {
    return fmt::format("{} kills, {} freezes; {} rounds, {} averaged, {} alone, {} failed", kills_,
                       freezes_, endurance_.rounds(), endurance_.averaged(), endurance_.alone(),
                       endurance_.failed());
  }

  int report(double end) const {
    const std::vector<std::string> findings = endurance_.findings(begin_, end);
    nlohmann::json held = nlohmann::json::array();
    for (std::size_t member = 0; member < elders; ++member) {
      const auto [before, after] = endurance_.growth(member, begin_, end);
      held.push_back({{"member", member},
                      {"memory_before", before.memory},
                      {"memory_after", after.memory},
                      {"descriptors_before", before.descriptors},
                      {"descriptors_after", after.descriptors}});
      output_.say(fmt::format(
          "member {} held {:.0f} MB and {} descriptors in the second quarter "
          "of the time, {:.0f} MB and {} in the last",
          member, before.memory / 1e6, before.descriptors, after.memory / 1e6, after.descriptors));
    }
    for (const std::string& finding : findings) output_.say("FOUND: " + finding);
    output_.say(
        fmt::format("{}; no round of a member that was not frozen ended later than {:.3f} s "
                    "after its deadline; {} findings",
                    so_far(), std::max(0.0, endurance_.longest_lateness()), findings.size()));
    output_.event({{"event", "summary"},
                   {"seconds", end - begin_},
                   {"kills", kills_},
                   {"freezes", freezes_},
                   {"rounds", endurance_.rounds()},
                   {"averaged", endurance_.averaged()},
                   {"alone", endurance_.alone()},
                   {"failed", endurance_.failed()},
                   {"longest_lateness", endurance_.longest_lateness()},
                   {"held", held},
                   {"findings", findings}});
    return findings.empty() ? 0 : 1;
  }

  const BenchEndureOptions& options_;
  const Output& output_;
  const Interrupt& interrupt_;
  Random random_;
  std::list<EnduringMember> members_;
  std::size_t born_ = 0;
  Endurance endurance_;
  std::size_t kills_ = 0;
  std::size_t freezes_ = 0;
  double begin_ = 0;
  double next_sentence_ = 0;
};

int bench_endure(const BenchEndureOptions& options) {
  const Output output(options.json);
  const Interrupt interrupt;
  return BenchEndure(options, output, interrupt).run();
}

}  // namespace

void declare_bench_endure(CLI::App& bench, int& exit_code) {
  auto options = std::make_shared<BenchEndureOptions>();
  CLI::App* command = bench.add_subcommand(
      "endure", "Step after step while members are killed and frozen, for as long as you like");
  command->add_option("--peers", options->peers, "Processes")
      ->capture_default_str()
      ->check(CLI::Range(4, 64));
  command->add_option("--bytes", options->bytes, "Of each peer's vector; 1M is 1 MiB")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::Range(std::uint64_t{4}, std::uint64_t{1} << 32));
  command->add_option("--seconds", options->seconds, "In all")
      ->capture_default_str()
      ->check(CLI::Range(1.0, 1e7));
  command->add_option("--every", options->every, "Seconds between strikes")
      ->capture_default_str()
      ->check(CLI::Range(0.01, 1e6));
  command->add_option("--seed", options->seed, "Of victims and their fates")->capture_default_str();
  command->add_flag("--json", options->json, "One JSON object at the end");
  command->footer(
      "Who is killed is replaced at once; two members live to the end. Judged are promises R1, R2\n"
      "and R4, members that end or stop by themselves, and whether memory and descriptors grow.\n"
      "Exit code 1 if something was found.\n"
      "Examples:\n"
      "  moshpit bench endure --seconds 7200\n"
      "  moshpit bench endure --peers 16 --every 0.2 --seconds 60 --json");
  command->callback([options, &exit_code] { exit_code = bench_endure(*options); });
}

}  // namespace moshpit
