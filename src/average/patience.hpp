// Patience: how long a peer waits for its group in each round of a step. Pure; durations are this
// peer's own.
//
// A full group starts at once, so patience is only spent on holes in the grid and on peers that
// died. Deadlines count from the beginning of the step: whoever was held up in one round is still
// awaited in the next. Groups with slow lines take longer than others, and who comes from one is
// awaited as long as this peer's own groups took lately. Where the grid is known to have holes, an
// incomplete group waits for those who announced themselves and only a moment, the grace, for
// anybody else.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "moshpit/time.hpp"

namespace moshpit {

class Patience {
 public:
  // A step of a vector of so many bytes on the wire.
  void step_begins(std::size_t bytes) {
    reduction_ = from_seconds(slowest_byte_ * static_cast<double>(bytes));
  }

  // From the beginning of the step until the search of this round gives up. The first round gets
  // two shares, because peers begin a step at different times. Later ones are searched for when the
  // slowest group of the rounds before may be through.
  Duration until_end_of(std::uint32_t round) const {
    return (round + 2) * share_ + round * reduction_;
  }

  // An all-reduce of such a vector took so long.
  void saw_reduction(Duration took, std::size_t bytes) {
    const double pace = seconds(took) / static_cast<double>(std::max<std::size_t>(bytes, 1));
    slowest_byte_ = std::max(pace, slowest_byte_ * remembered_pace);
  }

  // `spread`: between the first and the last arrival in a first round. Later rounds would measure
  // our own waiting. `round_trip`: the usual one. Over a long way a question may be lost, and is
  // repeated by the system a few of them later. Guests come late because they wait themselves, so
  // what is measured with them must not make anybody wait longer.
  void saw_first_round(Duration spread, Duration round_trip) {
    if (expects_guests()) spread = std::min(spread, recent_);
    recent_ = std::max(spread, recent_ * 4 / 5);
    share_ = std::clamp(recent_ + margin + repetition * round_trip, shortest, longest);
  }

  // Who meets nobody measures nothing, and must not be held up for ever by what it measured long
  // ago: it would come too late to every group, and be left over every time.
  void saw_nobody(Duration round_trip) {
    if (recent_ > Duration{0}) saw_first_round(Duration{0}, round_trip);
  }

  Duration share() const { return share_; }

  void saw_step(bool hole) {
    holes_expected_ = hole ? hole_memory : std::max(holes_expected_, 1) - 1;
    guests_expected_ = std::max(guests_expected_, 1) - 1;
  }
  // More stood under the key than the group has places: peers that accept no connections and whose
  // own key has nobody who does.
  void saw_guests() {
    guests_expected_ = hole_memory;
    holes_expected_ = hole_memory;
  }
  bool expects_guests() const { return guests_expected_ > 0; }

  // The run goes on to a grid of which this is known.
  void expect_holes(bool any) { holes_expected_ = any ? hole_memory : 0; }

  // How long an incomplete group waits for peers that nobody knows to come. For ever as long as the
  // grid seems full, so that one late peer does not cost everybody the exact mean. On a grid with
  // holes others begin a step as much later as was measured; from then on all move together. A peer
  // that meets nobody measures nothing: `round_trip`, the usual one, is what it must grant.
  // It takes half of one until others hear that a step has begun, and one or more until they have
  // announced themselves and this peer hears of it. Who grants less begins alone, ends first, and
  // begins the next step alone again.
  Duration grace(Duration round_trip) const {
    if (holes_expected_ == 0) return Duration::max();
    return std::min(recent_ + arrival(round_trip), share_);
  }

  // The same in a round of the step that began so long ago. A group that has a hole starts a grace
  // later than the others, and its members are awaited in the next round.
  Duration grace_in(std::uint32_t round, Duration since_step_began, Duration round_trip) const {
    const Duration least = grace_with_guests(round_trip);
    if (least == Duration::max()) return least;
    return std::max(least, (round + 1) * least - since_step_began);
  }

  // How long a peer that accepts no connections waits under its next key for somebody who does,
  // before it goes to another one as a guest. Where groups have guests all of them stand at nearly
  // the same time. As long as no hole was met it is not to spoil a grid that may be full.
  Duration for_hosts(Duration round_trip) const {
    if (expects_guests()) return hosts_need * arrival(round_trip);
    return std::min(share_, grace(round_trip));
  }

  // How long to wait for those who may be on their way when somebody has begun a newer step. Only
  // as long as the grid seems full: on one with holes whoever waits falls behind, hears of a newer
  // step in the next one too, and averages apart from the others for good.
  Duration courtesy(Duration round_trip) const {
    return holes_expected_ == 0 ? arrival(round_trip) : Duration{0};
  }

 private:
  // From a key that became known until others see who stands there.
  static Duration arrival(Duration round_trip) { return 2 * round_trip + grace_margin; }

  // Groups with guests wait for them, all for the same time: a spread that one has measured would
  // keep it behind the others, and guests come where nobody is any more.
  Duration grace_with_guests(Duration round_trip) const {
    if (!expects_guests()) return grace(round_trip);
    return std::min(guests_need * arrival(round_trip), longest);
  }

  // Steps. Of a grid with one hole, a peer meets it in every other round or more seldom.
  static constexpr int hole_memory = 16;
  // A few turns of a scheduler.
  static constexpr Duration grace_margin = std::chrono::milliseconds(30);

  // A guest sees that nobody is under its key and is seen under another one; as much again for a
  // machine that is busy.
  static constexpr int guests_need = 5;
  // The groups of a round stand one after the other within this.
  static constexpr int hosts_need = 2;

  // Scheduling noise of a machine that trains on all cores.
  static constexpr Duration margin = std::chrono::milliseconds(100);
  // Round trips: a system repeats a lost packet after two or three, and the answer takes one.
  static constexpr int repetition = 4;
  static constexpr Duration shortest = std::chrono::milliseconds(250);
  // Before anything is measured, and the most that one hole may cost a round.
  static constexpr Duration longest = std::chrono::milliseconds(2500);

  // Of the slowest group, from round to round: a peer is in one with the slowest line now and then.
  static constexpr double remembered_pace = 0.95;

  Duration recent_{0};
  Duration share_ = longest;
  double slowest_byte_ = 0;  // seconds
  Duration reduction_{0};    // of this step's vector, in a slow group
  int holes_expected_ = 0;   // for so many steps more
  int guests_expected_ = 0;
};

}  // namespace moshpit
