// TrainingTally: what the processes of one collective run have said, put together: how many samples
// went into its steps, the loss of the batches, and how the averaging steps went. One group a
// round. A pure machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace moshpit {

class TrainingTally {
 public:
  // A line of `moshpit run --json` or `moshpit join --json`, and when it came.
  void hear(std::size_t member, const nlohmann::json& event, double seconds);

  std::uint64_t newest_step() const { return steps_.empty() ? 0 : steps_.rbegin()->first; }

  struct Point {
    double samples = 0;  // that had gone into steps by then
    double seconds = 0;
    double loss = 0;  // mean of the batches of this step
  };
  // A point for each step that took in samples, in order.
  std::vector<Point> curve() const;

  struct Counts {
    std::uint64_t steps = 0;       // averaging steps in which gradients were averaged
    double samples = 0;            // that went into them
    double computed = 0;           // that those who averaged have said they computed
    std::uint64_t averaged = 0;    // rounds in which a group averaged
    std::uint64_t taken_over = 0;  // of them without somebody who was there when they began
    std::uint64_t alone = 0;       // rounds of a peer that met nobody
    std::uint64_t failed = 0;      // rounds of a peer that came to nothing
  };
  Counts counts() const;

 private:
  struct Step {
    bool of_gradients = false;
    std::map<std::string, double> groups;  // the samples behind each group's mean
    double lone = 0;                       // samples of peers that made the step for themselves
    double computed = 0;
    double loss = 0;  // times samples
    double seconds = 0;
    double samples() const;
  };

  void hear_round(std::size_t member, const nlohmann::json& event);
  void hear_step(std::size_t member, const nlohmann::json& event, double seconds);

  std::map<std::uint64_t, Step> steps_;
  std::map<std::size_t, std::uint64_t> lone_at_;  // the step at which a member last met nobody
  std::map<std::string, bool> rounds_;            // that averaged; whether any was taken over
  std::uint64_t alone_ = 0;
  std::uint64_t failed_ = 0;
};

}  // namespace moshpit
