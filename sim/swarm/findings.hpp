// Findings: what the judges of a simulated run object to, each with the promise that was broken and
// a sentence.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace moshpit::sim {

struct Finding {
  std::string judge;  // "R1", "R2", ..., "liveness"
  std::string sentence;
};

class Findings {
 public:
  void add(std::string judge, std::string sentence) {
    // One broken promise is reported by every element; a person needs the first few.
    if (all_.size() < kept) all_.push_back({std::move(judge), std::move(sentence)});
  }
  const std::vector<Finding>& all() const { return all_; }

 private:
  static constexpr std::size_t kept = 20;
  std::vector<Finding> all_;
};

}  // namespace moshpit::sim
