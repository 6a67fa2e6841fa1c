#include "net/listen_address.hpp"

#include <arpa/inet.h>
#include <array>
#include <ifaddrs.h>
#include <memory>
#include <net/if.h>
#include <netinet/in.h>
#include <optional>

namespace moshpit {
namespace {

std::optional<std::string> number_of(const sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  if (address.sa_family == AF_INET) {
    bytes = &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
  } else if (address.sa_family == AF_INET6) {
    const auto& number = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    if (IN6_IS_ADDR_LINKLOCAL(&number)) return std::nullopt;
    bytes = &number;
  }
  if (!bytes || !::inet_ntop(address.sa_family, bytes, text.data(), text.size())) {
    return std::nullopt;
  }
  return std::string(text.data());
}

// In the system's order. An IPv4 wildcard does not hear IPv6.
std::vector<std::string> machine_addresses(bool with_ipv6) {
  std::vector<std::string> hosts;
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return hosts;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(first, ::freeifaddrs);
  for (const ifaddrs* entry = first; entry; entry = entry->ifa_next) {
    const bool reaches_others = (entry->ifa_flags & IFF_UP) && !(entry->ifa_flags & IFF_LOOPBACK);
    if (!reaches_others || !entry->ifa_addr) continue;
    if (entry->ifa_addr->sa_family == AF_INET6 && !with_ipv6) continue;
    const auto number = number_of(*entry->ifa_addr);
    if (number) hosts.push_back(*number);
  }
  return hosts;
}

}  // namespace

bool is_wildcard(const std::string& host) { return host == "0.0.0.0" || host == "::"; }

std::vector<Address> dialable_addresses(const std::string& host, std::uint16_t port) {
  if (!is_wildcard(host)) return {Address{host, port}};
  const bool with_ipv6 = host == "::";
  std::vector<Address> addresses;
  for (const std::string& number : machine_addresses(with_ipv6)) {
    addresses.push_back(Address{number, port});
  }
  if (addresses.empty()) addresses.push_back(Address{with_ipv6 ? "::1" : "127.0.0.1", port});
  return addresses;
}

}  // namespace moshpit
