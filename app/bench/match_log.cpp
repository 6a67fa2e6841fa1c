#include "app/bench/match_log.hpp"

#include <algorithm>
#include <cmath>

namespace moshpit {

void MatchLog::saw(const MatchSighting& sighting) {
  const auto [entry, first] = groups_.try_emplace({sighting.time, sighting.group});
  Group& group = entry->second;
  if (first) group = {sighting.members, 0, sighting.announced, sighting.stood};
  ++group.sightings;
  group.announced = std::max(group.announced, sighting.announced);
  group.stood = std::max(group.stood, sighting.stood);
}

std::size_t MatchLog::full_groups() const {
  const auto full =
      std::ranges::count_if(groups_, [this](const auto& group) { return is_full(group.second); });
  return static_cast<std::size_t>(full);
}

double MatchLog::grouped() const {
  std::size_t all = 0;
  std::size_t alone = 0;
  for (const auto& [key, group] : groups_) {
    all += group.sightings;
    if (group.members == 0) alone += group.sightings;
  }
  return all == 0 ? 0 : 1 - static_cast<double>(alone) / static_cast<double>(all);
}

std::vector<double> MatchLog::milliseconds() const {
  std::vector<double> all;
  for (const auto& [key, group] : groups_) {
    if (is_full(group)) all.push_back(1000 * (group.stood - group.announced));
  }
  std::ranges::sort(all);
  return all;
}

double quantile(const std::vector<double>& sorted, double share) {
  const double rank = std::ceil(share * static_cast<double>(sorted.size()));
  return sorted[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

}  // namespace moshpit
