// Endurance: judges what the members of `moshpit bench endure` told of their rounds. Pure. Times
// are seconds on the machine's monotonic clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace moshpit {

// A round as one member saw it.
struct EnduredRound {
  std::string id;    // empty: it was alone
  std::string view;  // who took part to the end; empty if the round failed
  std::string digest;
  double ended = 0;
  double reducing = 0;
  double deadline = 0;
  double error = 0;  // off the mean of the contributors that its report names
};

// What a member held at a moment.
struct Footprint {
  double at = 0;
  double memory = 0;  // bytes
  double descriptors = 0;
};

class Endurance {
 public:
  void froze(std::size_t member, double from, double to);
  void saw(std::size_t member, const EnduredRound& round);
  void measured(std::size_t member, const Footprint& footprint);
  // Anything else that must not be.
  void found(std::string finding) { findings_.push_back(std::move(finding)); }

  std::size_t rounds() const { return rounds_; }
  std::size_t averaged() const { return averaged_; }
  std::size_t alone() const { return alone_; }
  std::size_t failed() const { return rounds_ - averaged_ - alone_; }
  double longest_lateness() const { return longest_lateness_; }

  // Sentences; those about what members hold look at members that lived from `begin` to `end`.
  std::vector<std::string> findings(double begin, double end) const;
  // Of such a member, in the second and in the last quarter of the time.
  std::pair<Footprint, Footprint> growth(std::size_t member, double begin, double end) const;

 private:
  bool was_frozen(std::size_t member, double from, double to) const;
  void judge_time(std::size_t member, const EnduredRound& round);
  void judge_bytes(const EnduredRound& round);

  std::vector<std::string> findings_;
  std::map<std::size_t, std::vector<std::pair<double, double>>> frozen_;
  std::map<std::size_t, std::vector<Footprint>> footprints_;
  struct Held {
    std::string digest;
    double ended = 0;
  };
  // By round and view: who is outside one another's views may hold something else. Of rounds that
  // somebody may still tell of.
  std::map<std::pair<std::string, std::string>, Held> digests_;
  std::size_t rounds_ = 0;
  std::size_t averaged_ = 0;
  std::size_t alone_ = 0;
  double longest_lateness_ = 0;
};

}  // namespace moshpit
