// ProgressBoard: how far the peers of a run are with the batch that they make together (collective
// training), from what each of them published last. It reckons what has been done since from their
// speeds, so that nobody has to ask anybody. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "moshpit/ids.hpp"
#include "moshpit/time.hpp"

namespace moshpit {

// What a peer has done since it last handed over gradients.
struct WorkDone {
  std::uint64_t step = 0;  // averaging steps that it has begun
  double samples = 0;
  double samples_per_second = 0;

  bool operator==(const WorkDone&) const = default;
};

class ProgressBoard {
 public:
  // Requires: target > 0.
  explicit ProgressBoard(double target) : target_(target) {}

  void hear(const PeerId& peer, const WorkDone& work, Time now);
  void forget(const PeerId& peer) { heard_.erase(peer); }
  // What went into the latest step is handed over: from now on work counts towards the coming one.
  void begin(Time now) { began_ = now; }

  struct Estimate {
    double samples = 0;  // towards the coming step
    double samples_per_second = 0;
    std::size_t peers = 0;  // that work on it
    double target = 0;

    bool reached() const { return samples >= target; }
    // Nothing if nobody works.
    std::optional<Duration> left() const;
    // "1480 of 4096 samples by 7 peers, 310 a second: 8.4 s to go".
    std::string sentence() const;
  };
  // `step`: averaging steps begun so far. Whoever has not been heard of since the latest one began
  // counts with what it has done from then on: what it did before is on its way.
  Estimate estimate(std::uint64_t step, Time now) const;

 private:
  struct Heard {
    WorkDone work;
    Time at{};
  };

  double target_;
  Time began_{};
  std::map<PeerId, Heard> heard_;
};

// The speed of one peer: samples of the recent past over the time that they took. Pure.
class WorkSpeed {
 public:
  void worked(double samples, Duration took);
  double samples_per_second() const;

 private:
  double samples_ = 0;
  double seconds_ = 0;
};

}  // namespace moshpit
