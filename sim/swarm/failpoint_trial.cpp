#include "sim/swarm/failpoint_trial.hpp"

#include <fmt/format.h>

namespace moshpit::sim {
namespace {

using namespace std::chrono_literals;

// Up to here a frozen peer stands still: longer than any suspicion.
constexpr Duration longest_outage = 4s;

struct Swarm {
  const char* grid;
  std::size_t peers;
  std::size_t outbound_only;
};

// Full grids, a grid with a hole, one with a peer too many, and one large group. Two peers that
// accept no connections cannot meet in a group of two.
constexpr Swarm swarms[] = {
    {"3x3", 9, 2}, {"3x3", 8, 1}, {"2x2x2", 8, 1}, {"2x2", 5, 1}, {"5", 5, 2}};

// Groups that are more than one when an owner is gone, and a second one after it.
constexpr Swarm larger_groups[] = {{"3x3", 9, 3}, {"5", 5, 1}, {"6", 6, 2}};

// Twice the smallest chunk a peer of the largest group: an owner has one or two.
constexpr std::uint64_t few = 5 * 256;
// Of the smallest chunks so many that every owner has several.
constexpr std::uint64_t many = 24 * 256;
// A download of seven pieces (wire/train_messages.hpp): more than a donor is asked for at first.
constexpr std::uint64_t seven_pieces = 400'000;

}  // namespace

std::string name_of(const FailpointCase& one) {
  return fmt::format("{}/{}/{}", name_of(one.part), name_of(one.point), name_of(one.blow));
}

bool applies(Failpoint point, Part part) {
  switch (point) {
    case Failpoint::announce:
    case Failpoint::ask:
    case Failpoint::assemble:
      return part != Part::owner && part != Part::donor;
    case Failpoint::first_chunk:
    case Failpoint::middle:
    case Failpoint::settled:
      return part != Part::donor;
    case Failpoint::all_in:
    case Failpoint::half_out:
      return part == Part::owner;
    case Failpoint::donor_half:
    case Failpoint::donors_half:
      return part == Part::donor;
    case Failpoint::take_stock:
    case Failpoint::installs:
      return part == Part::member;  // leaders call ballots no more often than others
    case Failpoint::taken_over:
      return part == Part::leader || part == Part::member;
    case Failpoint::handed_on:
      return part == Part::member || part == Part::outbound_only;
  }
  return false;
}

std::vector<FailpointCase> all_failpoint_cases() {
  std::vector<FailpointCase> cases;
  for (std::size_t point = 0; point < failpoint_count; ++point) {
    for (std::size_t part = 0; part < part_count; ++part) {
      if (!applies(static_cast<Failpoint>(point), static_cast<Part>(part))) continue;
      for (std::size_t blow = 0; blow < blow_count; ++blow) {
        cases.push_back(
            {static_cast<Failpoint>(point), static_cast<Part>(part), static_cast<Blow>(blow)});
      }
    }
  }
  return cases;
}

FailpointTrial::Shape FailpointTrial::shape_for(const FailpointCase& one) const {
  if (one.part == Part::donor) return Shape::donors;
  if (follows_a_loss(one.point)) return Shape::owner_lost;
  if (one.point == Failpoint::all_in) return Shape::few_chunks;
  if (one.point == Failpoint::middle) return Shape::many_chunks;
  return seed_ % 2 == 0 ? Shape::few_chunks : Shape::many_chunks;
}

Scenario FailpointTrial::scenario_of(Shape shape) const {
  Random random(seed_);
  const bool of_two = shape != Shape::owner_lost;
  const Swarm& swarm = of_two ? swarms[random.below(std::size(swarms))]
                              : larger_groups[random.below(std::size(larger_groups))];
  Scenario scenario;
  scenario.name = "failpoints";
  scenario.peers = swarm.peers;
  scenario.grid = *Grid::parse(swarm.grid);
  scenario.outbound_only = swarm.outbound_only;
  scenario.steps = 3;
  scenario.unequal_weights = random.chance(0.5);
  scenario.network.latency_min = 1ms;
  scenario.network.latency_max = 10ms;
  scenario.network.bytes_per_second = 1e6;
  scenario.elements = shape == Shape::few_chunks ? few : many;
  if (shape != Shape::donors) return scenario;
  scenario.peers = 3;                 // and the newcomer fills the grid
  scenario.grid = *Grid::parse("4");  // all settle the same, so that all are donors of it
  scenario.outbound_only = 0;
  scenario.late = 1;
  scenario.elements = seven_pieces;
  scenario.network.bytes_per_second = 20e6;
  return scenario;
}

Scenario FailpointTrial::scenario_for(const FailpointCase& one) const {
  return scenario_of(shape_for(one));
}

const std::vector<Occurrence>& FailpointTrial::occurrences(Shape shape) {
  const auto known = occurrences_.find(shape);
  if (known != occurrences_.end()) return known->second;
  const Scenario scenario = scenario_of(shape);
  Failpoints watching(scenario.elements, strikes_before(shape));
  const ScenarioOutcome outcome = run_scenario(scenario, seed_, {}, &watching);
  for (const Finding& finding : outcome.findings) findings_without_.push_back(finding);
  return occurrences_[shape] = watching.occurrences();
}

// An owner dies when half of its results are out: some members hold what others miss.
std::vector<Strike> FailpointTrial::strikes_before(Shape shape) {
  if (shape != Shape::owner_lost) return {};
  if (owner_killed_) return *owner_killed_;
  const Scenario scenario = scenario_of(shape);
  Failpoints watching(scenario.elements, {});
  run_scenario(scenario, seed_, {}, &watching);
  std::vector<Occurrence> there = watching.occurrences();
  std::erase_if(there, [](const Occurrence& one) { return one.point != Failpoint::half_out; });
  Random random(seed_);
  owner_killed_.emplace();
  if (!there.empty()) {
    owner_killed_->push_back({there[random.below(there.size())], Blow::kill, Duration{0}});
  }
  return *owner_killed_;
}

// Each case draws for itself, so that one alone is what it is among all.
std::optional<Strike> FailpointTrial::draw(const FailpointCase& one) {
  std::vector<Occurrence> there;
  for (const Occurrence& occurrence : occurrences(shape_for(one))) {
    const bool is_its = occurrence.point == one.point && occurrence.part == one.part;
    if (is_its) there.push_back(occurrence);
  }
  if (there.empty()) return std::nullopt;
  const auto number = static_cast<std::uint64_t>(one.point) * part_count * blow_count +
                      static_cast<std::uint64_t>(one.part) * blow_count +
                      static_cast<std::uint64_t>(one.blow);
  Random random(seed_ + (number << 32));
  Strike strike;
  strike.blow = one.blow;
  strike.at = there[random.below(there.size())];
  strike.outage = Duration(1 + random.below(longest_outage.count()));
  return strike;
}

FailpointResult FailpointTrial::run(const FailpointCase& one, Onlookers onlookers) {
  FailpointResult result;
  result.the_case = one;
  const std::optional<Strike> strike = draw(one);
  if (!strike) return result;
  const Scenario scenario = scenario_for(one);
  std::vector<Strike> strikes = strikes_before(shape_for(one));
  strikes.push_back(*strike);
  Failpoints failpoints(scenario.elements, std::move(strikes));
  const ScenarioOutcome outcome = run_scenario(scenario, seed_, std::move(onlookers), &failpoints);
  result.struck = failpoints.over();
  result.hit_a_round = failpoints.hit_a_round();
  result.steps_to_agree = outcome.steps_to_agree;
  result.trace = outcome.trace;
  result.findings = outcome.findings;
  if (!result.struck) result.findings.push_back({"failpoints", "the peer was never struck"});
  return result;
}

}  // namespace moshpit::sim
