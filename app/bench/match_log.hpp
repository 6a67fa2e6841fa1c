// MatchLog: what the members of `moshpit bench match` told about each round, put together. Pure.
// Times are seconds on the machine's monotonic clock.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "moshpit/report.hpp"

namespace moshpit {

// A round as one member saw it.
struct MatchSighting {
  RoundTime time;
  std::string group;  // the round's id; whatever the member chooses if it was alone
  std::size_t members = 0;
  double announced = 0;
  double stood = 0;
};

class MatchLog {
 public:
  // A full group has `side` members.
  explicit MatchLog(std::size_t side) : side_(side) {}

  void saw(const MatchSighting& sighting);

  // Groups that stood with all their members and were seen by all of them, and all others.
  std::size_t full_groups() const;
  std::size_t other_groups() const { return groups_.size() - full_groups(); }

  // Of the rounds of all members, the share that was not spent alone.
  double grouped() const;

  // Of each full group, from the last member's announcement until it stood at the last member, in
  // milliseconds, the shortest first.
  std::vector<double> milliseconds() const;

 private:
  struct Group {
    std::size_t members = 0;  // as its first member saw it; 0: alone
    std::size_t sightings = 0;
    double announced = 0;
    double stood = 0;
  };
  bool is_full(const Group& group) const {
    return group.members == side_ && group.sightings == side_;
  }

  std::size_t side_;
  std::map<std::pair<RoundTime, std::string>, Group> groups_;
};

// The smallest value that is not below `share` of all. Requires: sorted, not empty.
double quantile(const std::vector<double>& sorted, double share);

}  // namespace moshpit
