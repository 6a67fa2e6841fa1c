// Scoreboard: what the peers of a demo printed, put together. Pure: it is told events and times and
// answers questions. Times are seconds on the machine's monotonic clock, on which the peers' rounds
// stand too.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace moshpit {

// One peer as its log shows it.
struct PeerLog {
  std::string id;
  bool joined_late = false;
  std::optional<double> killed_at;
  std::uint64_t step = 0;
  std::uint64_t local_steps = 0;
  std::uint64_t steps_given = 0;  // local steps in what its last averaging step was given
  double loss = 0;
  double samples_per_second = 0;
  std::size_t connected = 0;
  std::optional<double> accuracy;  // once it has finished
  std::vector<nlohmann::json> rounds;
};

class Scoreboard {
 public:
  void started(std::size_t peer, bool late);
  void killed(std::size_t peer, double now);
  void saw(std::size_t peer, const nlohmann::json& event);

  const std::map<std::size_t, PeerLog>& peers() const { return peers_; }
  bool survived(std::size_t peer) const { return !peers_.at(peer).killed_at; }

  double mean_loss() const;
  double samples_per_second() const;
  std::size_t rounds() const;      // different groups that averaged
  std::uint64_t step() const;      // the run's clock
  std::string last_round() const;  // one sentence

  // From the kill until every survivor had completed a round that began after it; nothing if one
  // did not.
  std::optional<double> seconds_to_next_round(double killed_at) const;

  // Local steps by survivors that are absent from the final parameters: made after the last
  // averaging step was given its vector, or in a round's vector that the other members' reports do
  // not have in their mean.
  std::uint64_t steps_lost() const;

 private:
  bool acknowledged(const std::string& peer, const nlohmann::json& round) const;

  std::map<std::size_t, PeerLog> peers_;
};

}  // namespace moshpit
