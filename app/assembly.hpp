// Assembly: waiting until a run has its members, so that an experiment begins with all of them. The
// calling thread waits.
#pragma once

#include <cstdint>

#include "app/interrupt.hpp"
#include "app/output.hpp"
#include "moshpit/moshpit.hpp"

namespace moshpit {

// Until `members` have joined and, if they fill the grid, no group of the first round has more than
// fits. At most 60 s; says what it waits for. False if they did not come.
bool wait_for_members(Peer& peer, std::uint32_t members, const Output& output,
                      const Interrupt& interrupt);

}  // namespace moshpit
