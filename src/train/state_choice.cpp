#include "train/state_choice.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <tuple>

namespace moshpit {
namespace {

// Members settle a step within a round or two of one another, and a state that is so little older
// costs a joiner nothing: it averages with the others before it counts.
constexpr std::uint64_t recent_steps = 2;

// The newest step that two donors have reached; if there is only one donor, its own.
std::uint64_t step_reached(std::span<const DonorOffers> donors) {
  std::vector<std::uint64_t> newest;
  for (const DonorOffers& one : donors) {
    std::uint64_t step = 0;
    for (const StateOffer& offer : one.offers) step = std::max(step, offer.step);
    if (!one.offers.empty()) newest.push_back(step);
  }
  std::sort(newest.begin(), newest.end(), std::greater<>());
  return newest.size() > 1 ? newest[1] : newest.front();
}

}  // namespace

std::optional<StateChoice> choose_state(std::span<const DonorOffers> donors) {
  // A digest with another step or length is another state: nobody can spoil the one that is right.
  using Name = std::tuple<Digest, std::uint64_t, std::uint64_t>;
  std::map<Name, StateChoice> states;
  std::size_t givers = 0;
  for (const DonorOffers& one : donors) {
    givers += one.offers.empty() ? 0 : 1;
    std::set<Name> counted;
    for (const StateOffer& offer : one.offers) {
      const Name name(offer.state, offer.step, offer.elements);
      StateChoice& choice = states[name];
      choice.state = offer;
      choice.donors += counted.insert(name).second ? 1 : 0;
    }
  }
  if (states.empty()) return std::nullopt;
  const std::uint64_t reached = step_reached(donors);
  StateChoice best;
  for (const auto& [name, choice] : states) {
    const std::uint64_t step = choice.state.step;
    if (step > reached || reached - step > recent_steps) continue;
    const auto rank = [](const StateChoice& one) { return std::tuple(one.donors, one.state.step); };
    if (rank(choice) > rank(best)) best = choice;
  }
  best.why = "step " + std::to_string(best.state.step) + ", which " + std::to_string(best.donors) +
             " of " + std::to_string(givers) + (givers == 1 ? " donor gives" : " donors give");
  return best;
}

}  // namespace moshpit
