// RoundTally: what the rounds of a swarm did, each round of the run over all peers: how far they
// are from the mean of what they began with, and who did not find a full group. It only looks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "moshpit/grid.hpp"
#include "moshpit/report.hpp"
#include "moshpit/time.hpp"
#include "reduce/all_reduce.hpp"

namespace moshpit::sim {

struct RoundRow {
  std::size_t peers = 0;     // that ended the round
  std::size_t in_full = 0;   // in a group without holes
  std::size_t alone = 0;     // met nobody
  std::size_t lost_one = 0;  // in a group that lost a member on the way
  double mean_squared_error = 0;
  double max_error = 0;
  Duration longest_matching{0};  // from a peer's announcement until its group stood
  Duration longest_reducing{0};
};

class RoundTally {
 public:
  explicit RoundTally(const Grid& grid);

  // What a peer begins with. Before the first round.
  void brings(const std::vector<float>& values, double weight);
  void ended(const RoundReport& report, const WeightedVector& vector);

  // The first loss that a member reported, for a person; empty if there was none.
  const std::string& first_loss() const { return first_loss_; }

  // The first is the state before the first round. Rounds that nobody ended have no row.
  const std::vector<RoundRow>& rows();

 private:
  void settle_mean();
  void add_error(RoundRow& row, const std::vector<float>& values) const;
  RoundRow& row_of(RoundTime time);

  struct Brought {
    std::vector<float> values;
    double weight;
  };

  std::uint32_t side_;
  std::uint32_t rounds_a_step_;
  std::vector<Brought> brought_;  // until the first round ends
  std::vector<double> mean_;      // from then on
  std::vector<RoundRow> rows_;
  std::string first_loss_;
};

}  // namespace moshpit::sim
