// Assembly: coming together as one run and waiting until it has its members, so that an experiment
// begins with all of them. The calling thread waits.
#pragma once

#include <cstdint>
#include <string>

#include "app/interrupt.hpp"
#include "app/output.hpp"
#include "moshpit/moshpit.hpp"

namespace moshpit {

// The run of the plan: starts it without an invite, else joins it. Errors: those of Peer.
Result<Peer> start_or_join(const RunPlan& plan, const std::string& invite, PeerOptions options);

// Until `members` have joined and each stands where it finds a group, as far as the grid has places
// for them, or until somebody has begun the first step. At most 60 s for each next one; says what
// it waits for. False if they did not come.
bool wait_for_members(Peer& peer, std::uint32_t members, const Output& output,
                      const Interrupt& interrupt);

}  // namespace moshpit
