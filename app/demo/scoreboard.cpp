#include "app/demo/scoreboard.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace moshpit {
namespace {

bool averaged(const nlohmann::json& round) { return round.at("outcome") == "averaged"; }

// Whether the peer is behind every mean that the round reports.
bool in_every_mean(const std::string& peer, const nlohmann::json& round) {
  const auto& sets = round.at("contributors");
  const auto has_peer = [&](const nlohmann::json& set) {
    return std::find(set.begin(), set.end(), peer) != set.end();
  };
  return std::all_of(sets.begin(), sets.end(), has_peer);
}

}  // namespace

void Scoreboard::started(std::size_t peer, bool late) { peers_[peer].joined_late = late; }
void Scoreboard::killed(std::size_t peer, double now) { peers_.at(peer).killed_at = now; }

void Scoreboard::saw(std::size_t peer, const nlohmann::json& event) {
  PeerLog& log = peers_.at(peer);
  const std::string kind = event.value("event", "");
  if (event.contains("peer")) log.id = event.at("peer");
  if (kind == "round") log.rounds.push_back(event);
  if (kind == "step") log.steps_given = event.at("steps_given");
  if (kind == "progress") {
    log.step = event.at("step");
    log.loss = event.at("loss");
    log.local_steps = event.at("local_steps");
    log.samples_per_second = event.at("samples_per_second");
    log.connected = event.at("peers");
  }
  if (kind == "finished") {
    log.local_steps = event.value("local_steps", log.local_steps);
    log.accuracy = event.value("accuracy", 0.0);
  }
}

double Scoreboard::mean_loss() const {
  double sum = 0;
  std::size_t count = 0;
  for (const auto& [peer, log] : peers_) {
    if (log.killed_at || log.local_steps == 0) continue;
    sum += log.loss;
    ++count;
  }
  return count == 0 ? 0 : sum / static_cast<double>(count);
}

double Scoreboard::samples_per_second() const {
  double sum = 0;
  for (const auto& [peer, log] : peers_) {
    if (!log.killed_at) sum += log.samples_per_second;
  }
  return sum;
}

std::size_t Scoreboard::rounds() const {
  std::set<std::string> ids;
  for (const auto& [peer, log] : peers_) {
    for (const auto& round : log.rounds) {
      if (averaged(round)) ids.insert(round.at("id"));
    }
  }
  return ids.size();
}

std::uint64_t Scoreboard::step() const {
  std::uint64_t step = 0;
  for (const auto& [peer, log] : peers_) step = std::max(step, log.step);
  return step;
}

std::string Scoreboard::last_round() const {
  const nlohmann::json* last = nullptr;
  for (const auto& [peer, log] : peers_) {
    for (auto round = log.rounds.rbegin(); round != log.rounds.rend(); ++round) {
      if (!averaged(*round)) continue;
      if (!last || last->at("ended") < round->at("ended")) last = &*round;
      break;
    }
  }
  if (!last) return "none yet";
  return fmt::format("{} peers in group {}, {:.0f} ms", last->at("members").size(),
                     last->at("group").get<std::string>(),
                     1000 * (last->at("ended").get<double>() - last->at("began").get<double>()));
}

std::optional<double> Scoreboard::seconds_to_next_round(double killed_at) const {
  double slowest = 0;
  for (const auto& [peer, log] : peers_) {
    if (log.killed_at || log.joined_late) continue;
    const auto begun_after = [&](const nlohmann::json& round) {
      return averaged(round) && round.at("began") >= killed_at;
    };
    const auto next = std::ranges::find_if(log.rounds, begun_after);
    if (next == log.rounds.end()) return std::nullopt;
    slowest = std::max(slowest, next->at("ended").get<double>() - killed_at);
  }
  return slowest;
}

// Whether the surviving members of the round report this peer in all their means.
bool Scoreboard::acknowledged(const std::string& peer, const nlohmann::json& round) const {
  for (const auto& [other, log] : peers_) {
    if (log.killed_at || log.id == peer) continue;
    for (const auto& theirs : log.rounds) {
      if (theirs.at("id") == round.at("id") && !in_every_mean(peer, theirs)) return false;
    }
  }
  return true;
}

// A peer whose own report shows it left out keeps its work and contributes it in the next step:
// nothing is lost then.
std::uint64_t Scoreboard::steps_lost() const {
  std::uint64_t lost = 0;
  for (const auto& [peer, log] : peers_) {
    if (log.killed_at) continue;
    lost += log.local_steps - std::min(log.local_steps, log.steps_given);
    for (const auto& round : log.rounds) {
      const bool believes = averaged(round) && in_every_mean(log.id, round);
      if (believes && !acknowledged(log.id, round)) ++lost;
    }
  }
  return lost;
}

}  // namespace moshpit
