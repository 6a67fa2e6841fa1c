// Pulse: whether the other end of a link is alive, by what is heard from it: a frozen peer closes
// no socket. A pure machine.
//
// After a second in which nothing was heard a ping is due, or after ten on a link that rests: no
// round has used it for three seconds and no question on it is open. Whoever dialled pings first:
// what it asks tells the other side that it is alive. A peer that stays silent although it was
// pinged is given up after max(3 s, 8 round trips). One ping is under way at a time: the link is
// reliable, a second one would add nothing.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "moshpit/time.hpp"
#include "net/handshake.hpp"

namespace moshpit {

class Pulse {
 public:
  // Long against a round trip, short against the limit of silence.
  static constexpr Duration quiet = std::chrono::seconds(1);
  // A busy link is measured this often too, or the estimate would be that of the moment when it was
  // opened.
  static constexpr Duration measure_again = std::chrono::seconds(5);
  // Most links of a peer are those of its routing table: a hundred that are hardly ever used.
  static constexpr Duration rest_after = std::chrono::seconds(3);
  static constexpr Duration resting_quiet = std::chrono::seconds(10);
  // Whoever was dialled waits so much longer: links are looked after four times a second, and most
  // pings arrive within another quarter.
  static constexpr Duration deference = std::chrono::milliseconds(500);
  // TCP repairs two lost packets in a row within 3 s; longer pauses are what the rounds must be
  // spared.
  static constexpr Duration silence_min = std::chrono::seconds(3);
  static constexpr int silence_round_trips = 8;
  // Links are looked after four times a second. If none was for so long, this process did not run,
  // and a ping that was under way has measured that.
  static constexpr Duration stood_still = std::chrono::milliseconds(500);

  Pulse(Time now, Role role)
      : defers_for_(role == Role::acceptor ? deference : Duration{0}),
        heard_(now),
        pinged_(now),
        used_(now),
        needed_(now - rest_after),
        asked_(now),
        looked_after_(now),
        moved_again_(now - stood_still) {}

  void looked_after(Time now) {
    if (now - looked_after_ > stood_still) moved_again_ = now;
    looked_after_ = now;
  }

  // For more than pings, by either side.
  void used(Time now) { used_ = now; }
  Time last_used() const { return used_; }

  // By a round: both sides may wait for messages, and must learn soon that none will come.
  void needed(Time now) { needed_ = now; }

  // The other side is to answer.
  void asked(Time now) {
    if (asked_ <= heard_) asked_ = now;
  }

  void heard(Time now) { heard_ = now; }

  // This peer itself did not run for a while: whatever the other side sent meanwhile has not been
  // read yet.
  void excuse(Time now) { heard_ = now; }

  bool wants_ping(Time now) const {
    if (under_way_) return false;
    if (asked_ > heard_ && now - asked_ >= quiet) return true;
    const Duration unheard = now - heard_ - defers_for_;
    if (now - needed_ >= rest_after) return unheard >= resting_quiet;
    return unheard >= quiet || now - pinged_ >= measure_again;
  }
  // Nobody knows yet how long a round trip takes.
  bool unmeasured() const { return !measured_; }

  // The link was opened when this began and the other side's answer to that is here: the first
  // round trip.
  Duration opened(Time now) {
    measured_ = true;
    return now - pinged_;
  }

  // The id of the ping that is sent now.
  std::uint32_t ping(Time now) {
    deferred_by_ = measured_ && asked_ <= heard_ ? defers_for_ : Duration{0};
    measured_ = true;
    under_way_ = next_id_++;
    pinged_ = now;
    return *under_way_;
  }

  // The round trip that the pong measures; nothing if it belongs to no ping, or if this peer stood
  // still meanwhile: all its links would seem slow, and it would keep everybody waiting.
  std::optional<Duration> pong(std::uint32_t id, Time now) {
    if (under_way_ != id) return std::nullopt;
    under_way_.reset();
    if (moved_again_ >= pinged_ || now - looked_after_ > stood_still) return std::nullopt;
    return now - pinged_;
  }

  bool awaits_pong() const { return under_way_.has_value(); }

  bool silent(Time now, std::optional<Duration> round_trip) const {
    const Duration limit =
        std::max(silence_min, silence_round_trips * round_trip.value_or(Duration(0)));
    return under_way_ && now - heard_ >= limit && now - pinged_ >= limit - quiet - deferred_by_;
  }

 private:
  Duration defers_for_;
  Duration deferred_by_{0};  // of the ping that is under way
  Time heard_;
  Time pinged_;
  Time used_;
  Time needed_;
  Time asked_;  // after heard_: a question that has not been answered
  Time looked_after_;
  Time moved_again_;       // after it stood still
  bool measured_ = false;  // or is being measured
  std::optional<std::uint32_t> under_way_;
  std::uint32_t next_id_ = 0;
};

}  // namespace moshpit
