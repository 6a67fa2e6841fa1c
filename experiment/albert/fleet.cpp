#include "experiment/albert/fleet.hpp"

#include <cmath>
#include <span>
#include <utility>

#include "base/random.hpp"
#include "experiment/devices_file.hpp"

namespace moshpit {
namespace {

// Which line a marketplace's device has, and who stands beside whom, is drawn once and for all.
constexpr std::uint64_t order_seed = 66;

std::size_t count_of(DevicesFile& file, const std::string& path) {
  return static_cast<std::size_t>(std::llround(file.positive(path)));
}

FleetMachine read_machine(DevicesFile& file) {
  FleetMachine machine;
  const toml::table* devices = file.table("albert_machine.devices");
  if (!devices || devices->size() != 1) {
    file.object("the machine has devices of one type");
    return machine;
  }
  const std::string type(devices->begin()->first.str());
  machine.devices = count_of(file, "albert_machine.devices." + type);
  machine.samples_per_second = file.positive("albert_device." + type + ".samples_per_second");
  machine.dollars_per_hour = file.positive("albert_machine.dollars_per_hour");
  machine.bytes_per_second = file.positive("albert_machine.bytes_per_second");
  machine.latency = from_seconds(file.positive("albert_machine.latency_milliseconds") / 1000);
  return machine;
}

// Their lines are evenly spread between the slowest and the fastest on a logarithmic scale.
void read_peers(DevicesFile& file, const std::string& path, Random& random, Fleet& fleet) {
  const toml::table* devices = file.table(path + ".devices");
  if (!devices) return;
  std::vector<FleetPeer> peers;
  for (const auto& [key, count] : *devices) {
    const std::string type(key.str());
    const std::string device = "albert_device." + type;
    const FleetPeer peer{type, file.positive(device + ".samples_per_second"),
                         file.positive(device + ".dollars_per_hour"), 0};
    peers.insert(peers.end(), count_of(file, path + ".devices." + type), peer);
  }
  random.shuffle(std::span(peers));
  const double slowest = file.positive(path + ".bytes_per_second[0]");
  const double fastest = file.positive(path + ".bytes_per_second[1]");
  const double last = static_cast<double>(std::max<std::size_t>(peers.size(), 2) - 1);
  for (std::size_t i = 0; i < peers.size(); ++i) {
    const double place = static_cast<double>(i) / last;
    peers[i].bytes_per_second = slowest * std::pow(fastest / slowest, place);
  }
  fleet.peers.insert(fleet.peers.end(), peers.begin(), peers.end());
}

}  // namespace

double Fleet::peers_samples_per_second() const {
  double sum = 0;
  for (const FleetPeer& peer : peers) sum += peer.samples_per_second;
  return sum;
}

double Fleet::peers_dollars_per_hour() const {
  double sum = 0;
  for (const FleetPeer& peer : peers) sum += peer.dollars_per_hour;
  return sum;
}

Fleet with_peer_speed(Fleet fleet, double factor) {
  for (FleetPeer& peer : fleet.peers) peer.samples_per_second *= factor;
  return fleet;
}

Fleet with_machine_speed(Fleet fleet, double factor) {
  fleet.machine.samples_per_second *= factor;
  return fleet;
}

Result<Fleet> read_fleet(std::string_view text) {
  auto parsed = DevicesFile::parse(text);
  if (!parsed) return parsed.error();
  DevicesFile& file = *parsed;
  Random random(order_seed);
  Fleet fleet;
  fleet.machine = read_machine(file);
  for (const char* group : {"albert_peers.cloud", "albert_peers.marketplace"}) {
    read_peers(file, group, random, fleet);
  }
  random.shuffle(std::span(fleet.peers));
  const std::string network = "albert_network.";
  const auto milliseconds = [&](const char* name) {
    return from_seconds(file.positive(network + name) / 1000);
  };
  fleet.latency_min = milliseconds("latency_milliseconds[0]");
  fleet.latency_max = milliseconds("latency_milliseconds[1]");
  fleet.between_preemptions =
      from_seconds(3600 * file.positive(network + "mean_hours_between_preemptions"));
  fleet.away = from_seconds(60 * file.positive(network + "mean_minutes_away"));
  fleet.parameters = file.positive("albert_large.parameters");
  fleet.charged_batch = file.positive("albert_large.batch");
  fleet.bytes_per_value = file.positive("albert_large.bytes_per_value");
  if (fleet.latency_max < fleet.latency_min) file.object("latencies are the least first");
  if (file.problem()) return *file.problem();
  return fleet;
}

}  // namespace moshpit
