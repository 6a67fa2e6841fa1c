// The options of the demo, and what follows from them for each of its processes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "moshpit/codec.hpp"
#include "moshpit/grid.hpp"

namespace moshpit {

struct DemoOptions {
  std::uint32_t peers = 8;
  std::uint64_t steps =
      30'000;  // local steps of all peers together, so that fewer peers train on as many samples
  std::uint32_t period = 16;
  std::string data;
  double kill_after = 5;  // seconds of training; 0: nobody is killed and nobody joins
  std::string grid = "2x2x2";
  bool check_averaging = false;
  bool unequal_weights = false;
  Codec codec = Codec::fp32;
  bool json = false;
};

// The arguments of peer `index`; the first one starts the run, the others join by its invite.
std::vector<std::string> arguments_of(const DemoOptions& options, std::size_t index,
                                      const std::string& invite, const std::string& folder);

// Where the peer leaves its final vector, and where its standard error goes.
std::string vector_file(const std::string& folder, std::size_t index);
std::string error_file(const std::string& folder, std::size_t index);

}  // namespace moshpit
