#include "app/bench/contest_tally.hpp"

#include <algorithm>
#include <cmath>

namespace moshpit {

void ContestTally::saw(std::pair<std::uint64_t, std::uint64_t> number,
                       const ContestSighting& sighting) {
  Round& round = rounds_[number];
  ++round.sightings;
  round.whole = round.whole && sighting.members == peers_;
  ContestSighting& all = round.all;
  all.began = std::max(all.began, sighting.began);
  all.ended = std::max(all.ended, sighting.ended);
  all.sent += sighting.sent;
  all.processor += sighting.processor;
  all.error = std::max(all.error, sighting.error);
  all.matching = std::max(all.matching, sighting.matching);
  for (const auto& [phase, seconds] : sighting.phases) all.phases[phase] += seconds;
}

std::size_t ContestTally::broken() const {
  const auto count = std::ranges::count_if(rounds_, [this](const auto& entry) {
    return !entry.second.whole || entry.second.sightings != peers_;
  });
  return static_cast<std::size_t>(count);
}

double ContestTally::max_error() const {
  double worst = 0;
  for (const auto& [number, round] : rounds_) worst = std::max(worst, round.all.error);
  return worst;
}

template <class Value>
double ContestTally::mean(Value value) const {
  double sum = 0;
  for (const auto& [number, round] : rounds_) sum += value(round.all);
  return sum / static_cast<double>(rounds_.size());
}

double ContestTally::wire_bytes() const {
  return mean([](const ContestSighting& all) { return static_cast<double>(all.sent); });
}

double ContestTally::processor_seconds() const {
  return mean([](const ContestSighting& all) { return all.processor; });
}

template <class Value>
std::vector<double> ContestTally::sorted(Value value) const {
  std::vector<double> values;
  for (const auto& [number, round] : rounds_) values.push_back(value(round.all));
  std::ranges::sort(values);
  return values;
}

std::vector<double> ContestTally::seconds() const {
  return sorted([](const ContestSighting& all) { return all.ended - all.began; });
}

std::vector<double> ContestTally::matching_seconds() const {
  return sorted([](const ContestSighting& all) { return all.matching; });
}

std::map<std::string, double> ContestTally::phase_seconds() const {
  std::map<std::string, double> means;
  const auto count = static_cast<double>(rounds_.size() * peers_);
  for (const auto& [number, round] : rounds_) {
    for (const auto& [phase, seconds] : round.all.phases) means[phase] += seconds / count;
  }
  return means;
}

double standard_deviation(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  double mean = 0;
  for (const double value : values) mean += value / count;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return values.size() < 2 ? 0 : std::sqrt(squares / (count - 1));
}

}  // namespace moshpit
