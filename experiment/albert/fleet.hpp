// Fleet: who trains ALBERT in the experiment: one machine that is never taken away, and unequal
// peers that are. Read from experiment/devices.toml, which is compiled into the program.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "moshpit/result.hpp"
#include "moshpit/time.hpp"

namespace moshpit {

struct FleetPeer {
  std::string type;
  double samples_per_second = 0;
  double dollars_per_hour = 0;
  double bytes_per_second = 0;  // each direction
};

// Several equal devices in one machine.
struct FleetMachine {
  std::size_t devices = 0;
  double samples_per_second = 0;  // of one device
  double dollars_per_hour = 0;    // of all of it
  double bytes_per_second = 0;    // from each device to the next
  Duration latency{0};
};

struct Fleet {
  FleetMachine machine;
  std::vector<FleetPeer> peers;
  Duration latency_min{0};  // between peers, of a message, drawn evenly between the two
  Duration latency_max{0};
  Duration between_preemptions{0};  // mean, exponential, of one peer
  Duration away{0};                 // mean, exponential
  double parameters = 0;            // of the model that is charged
  double charged_batch = 0;         // samples of one step of the optimizer
  double bytes_per_value = 0;       // of gradients on the wire

  double gradient_bytes() const { return parameters * bytes_per_value; }
  double peers_samples_per_second() const;  // while all are there
  double peers_dollars_per_hour() const;
};

// The same with devices so many times as fast, in homes and clouds only: the machine stays.
Fleet with_peer_speed(Fleet fleet, double factor);
// The same for the machine.
Fleet with_machine_speed(Fleet fleet, double factor);

// Errors: bad_data with a sentence that names what is missing or out of its range.
Result<Fleet> read_fleet(std::string_view text);

}  // namespace moshpit
