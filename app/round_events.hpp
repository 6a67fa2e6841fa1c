// Rounds as JSON events, the same for everything that prints them.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "moshpit/report.hpp"

namespace moshpit {

// {"event":"round","step":..,"round":..,"group":..,"id":..,"members":[..],"outcome":..,
//  "began":..,"ended":..,"chunks":..,"averaged":..,"contributors":[[..],..],"lost":[..],
//  "matching":..,"reducing":..,
//  "phases":{"transfer":..,"codec":..,"sum":..,"waiting":..},
//  "traffic":[{"peer":..,"bytes_sent":..,"bytes_received":..,"goodput":..},..],
//  "bytes_sent":..,"bytes_received":..}
// Times are seconds on the machine's monotonic clock, the phases are seconds of "reducing", goodput
// is bytes a second that came from a peer. `contributors` has the peers behind each averaged chunk,
// and each such set once.
nlohmann::json round_event(const RoundReport& report);

}  // namespace moshpit
