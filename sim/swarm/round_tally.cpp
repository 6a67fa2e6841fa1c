#include "sim/swarm/round_tally.hpp"

#include <algorithm>
#include <cmath>

namespace moshpit::sim {

RoundTally::RoundTally(const Grid& grid)
    : side_(grid.side()), rounds_a_step_(grid.dimensions()), rows_(1) {}

void RoundTally::brings(const std::vector<float>& values, double weight) {
  brought_.push_back({values, weight});
}

void RoundTally::settle_mean() {
  if (!mean_.empty() || brought_.empty()) return;
  mean_.assign(brought_.front().values.size(), 0.0);
  double weight = 0;
  for (const Brought& one : brought_) {
    weight += one.weight;
    for (std::size_t i = 0; i < mean_.size(); ++i) mean_[i] += one.weight * one.values[i];
  }
  for (double& element : mean_) element /= weight;
  for (const Brought& one : brought_) add_error(rows_[0], one.values);
  brought_ = {};
}

RoundRow& RoundTally::row_of(RoundTime time) {
  const std::size_t row = (time.step - 1) * rounds_a_step_ + time.round + 1;
  if (rows_.size() <= row) rows_.resize(row + 1);
  return rows_[row];
}

void RoundTally::ended(const RoundReport& report, const WeightedVector& vector) {
  settle_mean();
  RoundRow& row = row_of(report.time);
  add_error(row, vector.values);
  if (report.members.size() == side_) ++row.in_full;
  if (report.members.empty()) ++row.alone;
  if (!report.lost.empty()) ++row.lost_one;
  if (!report.lost.empty() && first_loss_.empty()) {
    const LostPeer& lost = report.lost.front();
    first_loss_ = lost.peer.brief() + ": " + lost.sentence;
  }
  row.longest_matching = std::max(row.longest_matching, report.matching);
  row.longest_reducing = std::max(row.longest_reducing, report.reducing);
}

// The mean over the peers is kept up to date with each of them.
void RoundTally::add_error(RoundRow& row, const std::vector<float>& values) const {
  double squares = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double error = values[i] - mean_[i];
    squares += error * error;
    row.max_error = std::max(row.max_error, std::abs(error));
  }
  ++row.peers;
  const double own = squares / static_cast<double>(values.size());
  row.mean_squared_error += (own - row.mean_squared_error) / static_cast<double>(row.peers);
}

const std::vector<RoundRow>& RoundTally::rows() {
  settle_mean();
  return rows_;
}

}  // namespace moshpit::sim
