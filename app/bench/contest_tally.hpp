// ContestTally: what the processes of one contender told about its rounds, put together. Pure.
// Times are seconds on the machine's monotonic clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace moshpit {

// A round as one process saw it.
struct ContestSighting {
  double began = 0;  // where a group must be found first: when it stood
  double ended = 0;  // when this process had the result
  std::uint64_t sent = 0;
  double processor = 0;
  double error = 0;
  double matching = 0;  // until the group stood
  // RoundPhases, by name; those of other contenders are not known.
  std::map<std::string, double> phases = {};
  std::size_t members = 0;  // whose values are in the result
};

class ContestTally {
 public:
  // In a whole round so many processes have the values of so many.
  explicit ContestTally(std::size_t peers) : peers_(peers) {}

  // The same round of all processes has the same number.
  void saw(std::pair<std::uint64_t, std::uint64_t> round, const ContestSighting& sighting);

  std::size_t rounds() const { return rounds_.size(); }
  // How many had no values of somebody, or no process to tell about it.
  std::size_t broken() const;
  double max_error() const;
  // That all processes sent together, a round in the mean: where one round ends and the next begins
  // is not the same for all.
  double wire_bytes() const;
  double processor_seconds() const;

  // Of each round, from when its last process began until its last process had the result; the
  // shortest first.
  std::vector<double> seconds() const;
  std::vector<double> matching_seconds() const;
  // Of one process and one round in the mean.
  std::map<std::string, double> phase_seconds() const;

 private:
  struct Round {
    std::size_t sightings = 0;
    bool whole = true;
    ContestSighting all;  // the latest times, the largest error, the sums of the bytes, of
                          // the processor time and of the phases
  };
  template <class Value>
  double mean(Value value) const;
  template <class Value>
  std::vector<double> sorted(Value value) const;

  std::size_t peers_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, Round> rounds_;
};

// Requires: at least one value.
double standard_deviation(const std::vector<double>& values);

}  // namespace moshpit
