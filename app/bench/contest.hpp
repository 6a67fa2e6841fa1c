// Contest: what all who reduce in `moshpit bench all-reduce` have in common. Each says on standard
// output, one JSON object a line, when each of its rounds began and ended on the machine's
// monotonic clock, what its sockets sent meanwhile, and how far off the result was.
//
// The standard library and the system only: the contenders that the bench compares with link
// nothing of moshpit.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

namespace moshpit {

// The first rounds of each start measure lines and touch memory for the first time, which is then
// used again: the bench does not count them.
inline constexpr std::uint64_t warm_up_rounds = 2;

// What a contender is told to do.
struct Contest {
  std::uint32_t peers = 4;
  std::uint64_t bytes = 0;   // of the vector of each
  std::uint64_t rounds = 1;  // those that warm up included

  std::uint64_t elements() const { return bytes / sizeof(float); }
  // From three words of a command line. Requires: they are numbers.
  static Contest parse(char** words);
};

// The processes of a contender: this one, which is the first, and copies of it.
class Copies {
 public:
  // Requires: this process has one thread.
  explicit Copies(std::uint32_t count);

  std::uint32_t rank() const { return rank_; }
  // Of this process: in the first one, 0 only if they all ended with it.
  int exit_code(int own) const;

 private:
  std::uint32_t rank_ = 0;
};

// The rounds of one process, one after the other.
class RoundWatch {
 public:
  void start();
  void stop();
  void tell(std::uint64_t round, double error) const;

  double ended() const { return ended_; }
  // Processor time of this process between the two: steadier than the clock where others work too.
  double processor() const { return processor_; }
  // By all sockets since the round before ended: whoever has the result may still be sending it.
  std::uint64_t sent() const { return sent_ - sent_before_; }

 private:
  double began_ = 0;
  double ended_ = 0;
  double processor_ = 0;
  std::uint64_t sent_before_ = 0;
  std::uint64_t sent_ = 0;
};

// What `rank` starts a round with, and the largest distance of any element to their mean once they
// are summed.
void fill(std::span<float> values, std::uint32_t rank, std::uint64_t round);
double error_of_sum(const Contest& contest, std::uint64_t round, std::span<const float> sum);

// All rounds of a contender that sums: `meet` returns when all have called it, `reduce` when
// `values` hold the sum of all of them.
void compete(const Contest& contest, std::uint32_t rank, std::span<float> values,
             const std::function<void()>& meet, const std::function<void()>& reduce);

}  // namespace moshpit
