// What a listening peer tells others: the addresses under which they can dial it.
#pragma once

#include <string>
#include <vector>

#include "base/address.hpp"

namespace moshpit {

// 0.0.0.0 or [::]: every address of this machine, of the same family or of both.
bool is_wildcard(const std::string& host);

// For a wildcard, the machine's addresses that reach further than itself, or its loopback address
// if it has no other; any other host is answered as it was given. An address that needs a zone
// (fe80::...) means nothing to others and is left out.
std::vector<Address> dialable_addresses(const std::string& host, std::uint16_t port);

}  // namespace moshpit
