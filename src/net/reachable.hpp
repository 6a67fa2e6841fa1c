// Whether a peer is there at this moment.
#pragma once

#include <utility>

#include "loop/task.hpp"
#include "net/network.hpp"

namespace moshpit {

// A dial takes four round trips: TCP, TLS and the greeting.
inline constexpr int dial_round_trips = 4;

// A link to it stands, or is made within the usual patience with a dial. What a peer has published
// outlives it for a while; this does not.
inline Task<bool> is_reachable(Network& network, Contact peer) {
  if (network.connected(peer.id) || peer.id == network.id()) co_return true;
  const PeerId id = peer.id;
  const Time deadline = network.loop().now() + dial_round_trips * network.patience(id);
  const auto linked = co_await network.connect(std::move(peer), deadline);
  co_return linked.ok() || network.connected(id);
}

}  // namespace moshpit
