// Membership: what both sides of a link must agree on before it is used, and how this peer takes
// part.
#pragma once

#include "base/bytes.hpp"
#include "moshpit/ids.hpp"

namespace moshpit {

struct Membership {
  RunId run;
  Bytes secret;                // proven in the handshake, never sent
  bool outbound_only = false;  // accepts no connections: others do not try to dial it
};

}  // namespace moshpit
