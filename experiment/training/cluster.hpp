// Cluster: the devices of an experiment, how fast each trains ResNet-50, and the network between
// them. Read from experiment/devices.toml, which is compiled into the program.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "moshpit/result.hpp"
#include "moshpit/time.hpp"

namespace moshpit {

struct Device {
  std::string type;
  double samples_per_second = 0;
  double dollars_per_hour = 0;
};

struct Cluster {
  std::string name;
  std::vector<Device> devices;
  double bytes_per_second = 0;  // of each device, each direction
  Duration latency_min{0};      // of a message, drawn evenly between the two
  Duration latency_max{0};
  Duration round_delay{0};   // mean, exponential: before a device takes part in a round
  double vector_bytes = 0;   // of ResNet-50, whatever is trained
  double charged_batch = 0;  // samples whose computing a local step is charged with
  // Chance that a device fails in one round and all that waits for it begins anew. The paper
  // describes none for ResNet-50.
  double failure_rate = 0;

  Duration step_time(std::size_t device) const {
    return from_seconds(charged_batch / devices[device].samples_per_second);
  }
  double samples_per_second() const;  // of all devices together
};

// The same devices, so many times as fast, on the same network.
Cluster with_speed(Cluster cluster, double factor);

// The text of experiment/devices.toml.
std::string_view devices_text();

// Errors: bad_data with a sentence that names what is missing or out of its range.
Result<Cluster> read_cluster(std::string_view text, std::string_view name);

}  // namespace moshpit
