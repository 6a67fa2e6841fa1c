// Learning rates as pure functions of the run's clock, so that every peer has the same one at the
// same time, whenever it came. The clock counts steps or samples: whichever the run agreed on.
#pragma once

namespace moshpit {

enum class Decay { constant, linear, cosine };

struct Schedule {
  double peak = 0.1;
  double warm_up = 0;  // how long the rate climbs linearly from zero, by the run's clock
  double hold = 0;     // until when it stays at the peak, if that is after the warm-up
  double total = 0;    // when it has come down to `least`; constant rates need none
  double least = 0;
  Decay decay = Decay::constant;
};

// The rate at a time of the run's clock: before warm_up a share of the peak, after hold down along
// a straight line or half a cosine (Loshchilov and Hutter 2017, eq. 5, without restarts), and
// `least` for whoever goes on after total. Requires: now >= 0; unless constant, warm_up and hold
// are at most total.
double learning_rate(const Schedule& schedule, double now);

}  // namespace moshpit
