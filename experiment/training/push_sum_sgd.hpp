// SGP, stochastic gradient push (Assran et al. 2019): PushSum on the exponential graph. Device i
// holds x_i and a weight w_i, first its parameters and 1, and its model is z_i = x_i / w_i. After a
// local step on x_i with the slope at z_i it keeps an equal share of both and sends the others to
// i + 2^(r mod L), L = ceil(log2 N), in round r; with two peers also to i + 2^((r + 1) mod L).
// Columns sum to 1, so no mass is lost.
//
// Blocking, a device begins the next step when what was sent to it in this round has come.
// Overlapped (tau = 1 in the paper), it begins at once and waits for what was sent in the round
// before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "experiment/training/training_world.hpp"

namespace moshpit {

struct PushSumOptions {
  std::size_t peers = 1;  // to whom a device sends in a round
  bool overlapped = false;
};

class PushSumSgd {
 public:
  PushSumSgd(TrainingWorld& world, PushSumOptions options);

  void run();

 private:
  struct Share {
    std::vector<float> values;
    double weight = 0;
  };
  struct DeviceState {
    std::uint64_t step = 0;
    std::uint64_t round = 0;  // begun so far
    bool computing = false;
    bool stopped = false;
    std::vector<Share> came;                        // not yet taken in
    std::map<std::uint64_t, std::size_t> how_many;  // came in a round
  };

  void begin(std::size_t device);
  void computed(std::size_t device);
  void descend(std::size_t device);
  void send_shares(std::size_t device);
  void share_came(std::size_t device, std::uint64_t round, Share share);
  void go_on(std::size_t device);
  void take_in(std::size_t device);
  std::size_t target(std::size_t device, std::uint64_t round, std::size_t which) const;

  TrainingWorld& world_;
  PushSumOptions options_;
  std::size_t levels_ = 0;  // L
  std::vector<DeviceState> devices_;
};

}  // namespace moshpit
