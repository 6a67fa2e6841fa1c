// The check of averaging itself: every peer has a random vector of its own, there is one averaging
// step and nothing else, and whoever started the peers compares what each of them held after each
// round with the mean of all.
#pragma once

#include <cstdint>
#include <string>

#include "app/interrupt.hpp"
#include "app/output.hpp"
#include "moshpit/moshpit.hpp"

namespace moshpit {

struct AveragingCheckOptions {
  bool enabled = false;
  std::uint64_t index = 0;  // seeds this peer's vector
  double weight = 1;
  std::uint32_t wait_for = 1;
  std::string save;  // file for the vector before the step and after each round, raw fp32
};

// The plan of a run that checks: a vector whose length no chunk or slice divides evenly.
RunPlan averaging_check_plan(const Grid& grid);

int check_averaging(Peer& peer, const AveragingCheckOptions& options, const Output& output,
                    const Interrupt& interrupt);

}  // namespace moshpit
