#include "base/address.hpp"

#include <charconv>

namespace moshpit {
namespace {

// Longest host name that DNS allows; more is nonsense from the network.
constexpr std::size_t host_limit = 253;

Error malformed(std::string_view text) {
  std::string shown(text.substr(0, 80));
  for (char& c : shown) {
    if (c < ' ' || c > '~') c = '?';  // it may come from anywhere and end on a terminal
  }
  return Error(ErrorCode::invalid_argument,
               "'" + shown + "' is not an address: write HOST:PORT, as 192.0.2.7:4000 or " +
                   "[2001:db8::7]:4000.");
}

// Letters, digits and the punctuation of host names and numeric addresses; nothing that a terminal
// would obey.
bool is_host(std::string_view host) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == ':' || c == '%';
  };
  for (char c : host) {
    if (!allowed(c)) return false;
  }
  return !host.empty() && host.size() <= host_limit;
}

}  // namespace

std::string Address::text() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Address> Address::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return malformed(text);
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!is_host(host) || bracketed != (host.find(':') != std::string_view::npos)) {
    return malformed(text);
  }

  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (problem != std::errc() || end != digits.data() + digits.size() || digits.empty()) {
    return malformed(text);
  }
  return Address{std::string(host), port};
}

}  // namespace moshpit
