// Which of the states on offer a late peer downloads. Pure.
//
// Members of one group that settled a step hold the same bytes; members of other groups, and
// whoever is a step behind, hold others. The more donors give a state, the faster it comes, and the
// less it is one peer's word alone. Nobody alone can say how far the run is: the step that at least
// two donors have reached counts, so that one peer's absurd claim draws nobody away.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "moshpit/ids.hpp"
#include "wire/train_messages.hpp"

namespace moshpit {

struct DonorOffers {
  PeerId donor;
  StateOffers offers;
};

struct StateChoice {
  StateOffer state;
  std::size_t donors = 0;
  std::string why;  // "step 12, which 3 of 4 donors give"
};

// Of the states within two steps of what two donors have reached, the one with the most donors; of
// those the newest; of those the smallest digest. Nothing if nobody offers any. Each donor counts
// once.
std::optional<StateChoice> choose_state(std::span<const DonorOffers> donors);

}  // namespace moshpit
