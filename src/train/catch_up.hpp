// Catch-up: what a newcomer downloads before it takes part. Short conversations with one member of
// the run each.
#pragma once

#include <cstdint>
#include <string>

#include "base/address.hpp"
#include "loop/task.hpp"
#include "moshpit/peer.hpp"
#include "net/network.hpp"
#include "wire/train_messages.hpp"

namespace moshpit {

// Why this peer cannot take part in a run with this plan, if it cannot. An empty model and 0
// elements agree with any.
std::optional<Error> disagreement(const RunPlan& plan, const std::string& model,
                                  std::uint64_t elements);

Task<Result<PlanAnswer>> fetch_plan(Network& network, Contact member, Time deadline);

// The newest parameters of one donor, checked against the digest that it named first.
// ErrorCode::unreachable if it has none or fell silent, bad_data if what came is not what it named.
Task<Result<RunState>> fetch_state(Network& network, Contact donor, std::uint64_t elements,
                                   Time deadline);

}  // namespace moshpit
