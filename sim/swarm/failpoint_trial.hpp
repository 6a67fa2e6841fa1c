// FailpointTrial: every step of the protocol at which a peer can be struck, in every part that it
// can have in it, with every blow. A seed draws the swarm, which peer and which round.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "sim/swarm/failpoints.hpp"
#include "sim/swarm/scenario.hpp"

namespace moshpit::sim {

struct FailpointCase {
  Failpoint point;
  Part part;
  Blow blow;

  bool operator==(const FailpointCase&) const = default;
};

// "owner/all in/kill".
std::string name_of(const FailpointCase& one);

// Whether a peer can come to this step in this part at all.
bool applies(Failpoint point, Part part);
std::vector<FailpointCase> all_failpoint_cases();

struct FailpointResult {
  FailpointCase the_case;
  bool struck = false;  // in some seeds nobody comes to a step
  bool hit_a_round = false;
  std::uint64_t steps_to_agree = 0;
  std::uint64_t trace = 0;
  std::vector<Finding> findings;
};

// The cases of one seed. Where somebody comes to which step is learnt once for each swarm.
class FailpointTrial {
 public:
  explicit FailpointTrial(std::uint64_t seed) : seed_(seed) {}

  FailpointResult run(const FailpointCase& one, Onlookers onlookers = {});
  Scenario scenario_for(const FailpointCase& one) const;

  // What the judges found without any strike.
  const std::vector<Finding>& findings_without() const { return findings_without_; }

 private:
  enum class Shape { few_chunks, many_chunks, donors, owner_lost };
  Shape shape_for(const FailpointCase& one) const;
  Scenario scenario_of(Shape shape) const;
  const std::vector<Occurrence>& occurrences(Shape shape);
  std::vector<Strike> strikes_before(Shape shape);
  std::optional<Strike> draw(const FailpointCase& one);

  std::uint64_t seed_;
  std::map<Shape, std::vector<Occurrence>> occurrences_;
  std::optional<std::vector<Strike>> owner_killed_;
  std::vector<Finding> findings_without_;
};

}  // namespace moshpit::sim
