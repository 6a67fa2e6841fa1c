#include "sim/swarm/entrances.hpp"

namespace moshpit::sim {
namespace {

constexpr std::size_t entrances = 3;
// Where one host of a hundred is there, five of six newcomers still find one.
constexpr std::size_t tries = 200;

}  // namespace

std::vector<Address> draw_entrances(World& world, std::size_t hosts,
                                    const std::function<bool(std::size_t)>& is_there) {
  std::vector<Address> addresses;
  for (std::size_t i = 0; i < tries && addresses.size() < entrances; ++i) {
    const std::size_t host = world.random().below(hosts);
    if (is_there(host)) addresses.push_back(world.host(host).address());
  }
  return addresses;
}

}  // namespace moshpit::sim
