// Turn: when a donor may send the next piece of a state, so that its rounds hardly notice. A pure
// machine.
//
// While rounds need the line, pieces get a sixteenth of what it carries. That is what it carries at
// its best, about twice what a round moves in the mean, and a processor has to encrypt both: with a
// sixth rounds took up to 46 % longer, with a twelfth 22 % (docs/decisions/015).
#pragma once

#include <algorithm>
#include <cstddef>

#include "moshpit/time.hpp"

namespace moshpit {

class Turn {
 public:
  // The moment from which on these bytes may pass; they count as passed. `line`: bytes a second
  // that the line carries, or 0 if pieces need not spare it.
  Time reserve(std::size_t bytes, double line, Time now) {
    const Time turn = std::max(next_, now);
    const bool spares = line > 0;
    next_ = turn;
    if (spares) next_ += from_seconds(static_cast<double>(bytes) / (line * share));
    return turn;
  }

 private:
  static constexpr double share = 1.0 / 16;

  Time next_{};  // when all that has been reserved has passed
};

}  // namespace moshpit
