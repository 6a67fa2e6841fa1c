#include "app/experiment/preemption_run.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <numeric>

namespace moshpit {
namespace {

// Longer than any deadline of the protocol, and than a process takes to start on a busy machine.
constexpr double patience = 180;
// Steps are fewer than seconds; a line now and then is enough.
constexpr double telling_pause = 10;
constexpr int wrong_words = 2;  // Output::fail

std::string number(double value) { return fmt::format("{}", value); }

}  // namespace

double PreemptionOutcome::loss() const {
  const double sum = std::accumulate(losses.begin(), losses.end(), 0.0);
  return sum / static_cast<double>(losses.size());
}

PreemptionRun::PreemptionRun(const PreemptionPlan& plan, const Output& output,
                             const Interrupt& interrupt)
    : plan_(plan),
      output_(output),
      interrupt_(interrupt),
      random_(plan.seed),
      seats_(plan.devices.size()) {}

double PreemptionRun::now() const {
  return std::chrono::duration<double>(Clock::now() - began_).count();
}

// Exponential.
double PreemptionRun::drawn(double mean) { return -mean * std::log(1 - random_.unit()); }

Result<void> PreemptionRun::start(std::size_t seat) {
  const Machine& device = plan_.devices[seat];
  const std::string peers = number(static_cast<double>(seats_.size()));
  const std::string invite = some_invite();
  std::vector<std::string> words{"join", invite};
  if (invite.empty()) {
    words = {"run",
             "--mode",
             "collective",
             "--expect",
             peers,
             "--steps",
             std::to_string(plan_.steps),
             "--target-batch",
             number(plan_.target_batch),
             "--seed",
             std::to_string(plan_.seed)};
    for (const RunSetting& one : run_settings()) {
      words.push_back("--" + one.name);
      words.push_back(text_of(plan_.settings, one));
    }
  }
  words.insert(words.end(),
               {"--batch", std::to_string(device.batch), "--effort", number(device.effort),
                "--shard", std::to_string(seat) + "/" + peers, "--json"});
  if (newest_step_ == 0) words.insert(words.end(), {"--wait-for", peers});
  if (!plan_.data.empty()) words.insert(words.end(), {"--data", plan_.data});
  if (!device.bandwidth.empty()) {
    words.insert(words.end(), {"--bandwidth-limit", device.bandwidth});
  }
  const auto started = members_.start(words);
  if (!started) return started.error();
  seats_[seat] = Seat{seat_of_.size(), "", false, std::nullopt};
  seat_of_.push_back(seat);
  return {};
}

// Of whoever trains, as a person would be given it who asks around.
std::string PreemptionRun::some_invite() {
  std::vector<std::string> invites;
  for (const Seat& seat : seats_) {
    if (seat.process && !seat.invite.empty()) invites.push_back(seat.invite);
  }
  return invites.empty() ? "" : invites[random_.below(invites.size())];
}

std::size_t PreemptionRun::training() const {
  return static_cast<std::size_t>(std::ranges::count_if(seats_, &Seat::trains));
}

Result<PreemptionOutcome> PreemptionRun::run() {
  for (std::size_t seat = 0; seat < seats_.size(); ++seat) {
    if (auto started = start(seat); !started) return started.error();
    while (some_invite().empty() && members_.somebody_runs() && !interrupt_.requested()) {
      if (auto heard = listen(); !heard) return heard.error();
    }
  }
  if (auto watched = watch(); !watched) return watched.error();
  outcome_.seconds = now();
  return std::move(outcome_);
}

Result<void> PreemptionRun::watch() {
  next_kill_ = now() + drawn(plan_.kill_every);
  newest_step_came_ = now();
  while (members_.somebody_runs() && !interrupt_.requested()) {
    if (auto heard = listen(); !heard) return heard;
    if (newest_step_ == 0) next_kill_ = std::max(next_kill_, now());
    if (plan_.kill_every > 0 && !ending() && now() >= next_kill_) strike();
    if (auto filled = fill_seats(); !filled) return filled;
    tell();
    if (now() - newest_step_came_ < patience) continue;
    if (ending()) return {};
    return Error(ErrorCode::unreachable,
                 fmt::format("Nobody made a step for {:.0f} s after step {}: the run hangs.",
                             patience, newest_step_));
  }
  if (interrupt_.requested() || ending()) return {};
  return Error(ErrorCode::unreachable,
               fmt::format("No peer came to the end of the run: the last one was lost after step "
                           "{}, {} having been killed and {} having ended by themselves.",
                           newest_step_, outcome_.kills, outcome_.failures));
}

Result<void> PreemptionRun::listen() {
  for (const auto& [process, event] : members_.hear()) heard(seat_of_[process], event);
  return notice_ends();
}

void PreemptionRun::heard(std::size_t seat, const nlohmann::json& event) {
  outcome_.tally.hear(seat, event, now());
  const std::string kind = event.value("event", "");
  if (kind == "member") {
    seats_[seat].invite = event.at("invite");
    outcome_.rejoins += *seats_[seat].process >= seats_.size() ? 1 : 0;
  }
  if (kind == "step") seats_[seat].trains = true;
  if (kind == "finished") outcome_.losses.push_back(event.at("loss"));
  const std::uint64_t newest = outcome_.tally.newest_step();
  if (newest > newest_step_) newest_step_came_ = now();
  newest_step_ = newest;
}

// A process that ended by itself before the run was over is started again, as whatever watches over
// a machine's services does; not one that would end like that again.
Result<void> PreemptionRun::notice_ends() {
  for (Seat& seat : seats_) {
    if (!seat.process || members_.runs(*seat.process)) continue;
    const int code = members_.exit_code(*seat.process);
    // Whoever ends before anybody made a step would end like that again.
    if (code == wrong_words || (code > 0 && newest_step_ == 0)) {
      return Error(ErrorCode::invalid_argument, "The processes cannot train this: see above.");
    }
    if (code > 0 && !ending()) ++outcome_.failures;
    seat = Seat{};
    seat.start_at = now() + drawn(plan_.away);
  }
  return {};
}

std::optional<std::size_t> PreemptionRun::victim() {
  if (!outcome_.founder_killed) {
    if (!seats_[0].trains) return std::nullopt;
    outcome_.founder_killed = true;
    return 0;
  }
  std::vector<std::size_t> running;
  for (std::size_t i = 0; i < seats_.size(); ++i) {
    if (seats_[i].process) running.push_back(i);
  }
  if (running.empty()) return std::nullopt;
  return running[random_.below(running.size())];
}

// A run lives as long as one of its peers: the last one that trains is spared.
void PreemptionRun::strike() {
  if (training() < 2) return;
  const auto struck = victim();
  if (!struck || (training() < 2 && seats_[*struck].trains)) return;
  members_.kill(*seats_[*struck].process);
  ++outcome_.kills;
  next_kill_ = now() + drawn(plan_.kill_every);
  output_.event({{"event", "kill"}, {"peer", *struck}, {"seconds", now()}, {"step", newest_step_}});
}

Result<void> PreemptionRun::fill_seats() {
  for (std::size_t i = 0; i < seats_.size(); ++i) {
    const bool due = !ending() && seats_[i].start_at && now() >= *seats_[i].start_at;
    if (!due || some_invite().empty()) continue;
    if (auto started = start(i); !started) return started;
  }
  return {};
}

void PreemptionRun::tell() {
  if (now() - told_ < telling_pause) return;
  told_ = now();
  const auto curve = outcome_.tally.curve();
  if (curve.empty()) return;
  const TrainingTally::Point& last = curve.back();
  output_.say(
      fmt::format("  {:4.0f} s  step {:4}  {:6.0f} samples  loss {:.3f}  {} of {} train, {} "
                  "killed, {} came back",
                  now(), newest_step_, last.samples, last.loss, training(), seats_.size(),
                  outcome_.kills, outcome_.rejoins));
  output_.event({{"event", "progress"},
                 {"seconds", now()},
                 {"step", newest_step_},
                 {"samples", last.samples},
                 {"loss", last.loss},
                 {"training", training()},
                 {"kills", outcome_.kills},
                 {"rejoins", outcome_.rejoins}});
}

}  // namespace moshpit
