// Where a peer listens: a host name or a numeric IPv4 or IPv6 address, and a TCP port.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "moshpit/ids.hpp"
#include "moshpit/result.hpp"

namespace moshpit {

struct Address {
  std::string host;
  std::uint16_t port = 0;

  auto operator<=>(const Address&) const = default;

  // "127.0.0.1:4000", "[::1]:4000", "example.org:4000".
  std::string text() const;
  static Result<Address> parse(std::string_view text);
};

// Who to talk to and where. A peer without addresses accepts no connections.
struct Contact {
  PeerId id;
  std::vector<Address> addresses;

  auto operator<=>(const Contact&) const = default;
};

}  // namespace moshpit
