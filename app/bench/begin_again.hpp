// What gloo's members do when one of them is killed in a round: they notice, find one another again
// without it, and begin again with the values that they had.
#pragma once

#include "app/bench/kill.hpp"
#include "app/interrupt.hpp"
#include "moshpit/result.hpp"

namespace moshpit {

// Seconds since the round began, each of the slowest survivor.
struct BeginningAgain {
  double normal = 0;  // a round without a fault
  double noticed = 0;
  double met = 0;
  double ended = 0;
};

// One trial; the victim is the last member. Errors: those of program_of(); unreachable if the
// survivors did not get through.
Result<BeginningAgain> begin_again(const BenchKillOptions& options, const Interrupt& interrupt);

}  // namespace moshpit
