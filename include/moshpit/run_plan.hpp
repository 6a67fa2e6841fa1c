// RunPlan: what every peer of a run agrees on. The peer that starts the run chooses it; the others
// learn it on joining.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "moshpit/codec.hpp"
#include "moshpit/grid.hpp"
#include "moshpit/time.hpp"

namespace moshpit {

// Sums of so large weights, of all members of a group, are still far from the largest double.
inline constexpr double largest_weight_limit = 1e300;

inline constexpr std::uint32_t rounds_limit = 256;  // of a step

inline constexpr std::size_t settings_limit = 4096;  // it travels in one answer, with the plan

// How a run trains (trainer.hpp).
enum class TrainingMode : std::uint8_t {
  moshpit_sgd = 0,  // local steps; the parameters are averaged
  collective = 1,   // gradients of all peers make one large batch, and everybody the same step
  outer = 2,        // local steps; what they changed is averaged and given to an outer optimizer
};

struct RunPlan {
  // What the members make of the averages; trainer.hpp says more.
  TrainingMode mode = TrainingMode::moshpit_sgd;
  Grid grid;  // M^d places, for groups of at most M
  // Of an averaging step; 0: d, one for each dimension of the grid, as many as a full one needs.
  // Where it has holes, each one more brings peers closer to the mean. At most rounds_limit.
  std::uint32_t rounds = 0;
  std::string model;  // a name that says what is trained: a peer with another one is refused
  // Whatever else the peers must agree on, in the words of the program that trains; at most
  // settings_limit printable characters, in lines. The library only hands it on.
  std::string settings;
  std::uint64_t elements = 0;  // length of the state: what all peers of the run are to hold alike
  // Length of the changes that collective and outer runs average: gradients, or what local steps
  // made of the parameters, and statistics.
  std::uint64_t changes = 0;
  std::uint64_t steps = 0;    // averaging steps until the run is over; 0: it never is
  std::uint32_t period = 16;  // local steps between averaging steps (tau of Moshpit SGD)
  // If not zero, an averaging step begins so long after the one before, however many local steps
  // that are: a slow device makes fewer.
  Duration period_time{0};
  std::uint32_t overlap = 16;  // local steps that may go on beside an averaging step
  double target_batch = 0;     // collective: samples of all peers together in an averaging step
  // Collective and outer: the last of so many averaging steps averages the state itself. It takes
  // back what roundings and lost rounds have moved apart.
  std::uint32_t state_every = 16;
  double outer_rate = 0.7;      // outer: of Nesterov's method on the averaged change, and
  double outer_momentum = 0.9;  // its momentum; both as DiLoCo found them best
  std::uint64_t seed = 0;  // of whatever the peers draw alike, for example the first parameters
  // Contributions that weigh more are refused (promise R7): above 0, at most largest_weight_limit.
  double weight_limit = 1e9;
  Codec codec = Codec::fp32;  // of values that travel; what it rounds off is made up for later
  // Collective and outer: of the state, where that is averaged. It holds what must keep its range,
  // such as variances: bf16 does, at half of the bytes, fp16 and int8 do not.
  Codec state_codec = Codec::fp32;
  // 0: the grid stands. Otherwise the run begins on it, and goes on to the grid that fits whenever
  // the number of peers asks for another one, with groups of at most so many peers
  // (Grid::fitting): at most following_group_limit, and not less than the grid has places a side.
  std::uint32_t largest_group = 0;

  bool operator==(const RunPlan&) const = default;
};

// What the peers of a run average at one of its steps.
enum class Averaged : std::uint8_t { state, change };
Averaged averaged_at(const RunPlan& plan, std::uint64_t step);

}  // namespace moshpit
