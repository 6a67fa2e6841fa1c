#include "experiment/groups.hpp"

#include <numeric>

namespace moshpit {

double mean_of(const Values& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double mean_squared_error(const Values& values, double center) {
  double sum = 0;
  for (const double value : values) sum += (value - center) * (value - center);
  return sum / static_cast<double>(values.size());
}

Values normal_values(std::size_t peers, Random& random) {
  Values values(peers);
  for (double& value : values) value = random.normal();
  return values;
}

std::vector<PeerIndex> all_peers(std::size_t peers) {
  std::vector<PeerIndex> all(peers);
  std::iota(all.begin(), all.end(), PeerIndex{0});
  return all;
}

void average(std::span<const PeerIndex> group, Values& values) {
  if (group.empty()) return;
  double sum = 0;
  for (const PeerIndex member : group) sum += values[member];
  const double mean = sum / static_cast<double>(group.size());
  for (const PeerIndex member : group) values[member] = mean;
}

void Cells::sort(std::span<const std::uint32_t> labels) {
  sorted_.resize(labels.size());
  peers_.resize(labels.size());
  for (std::size_t peer = 0; peer < labels.size(); ++peer) {
    sorted_[peer] = std::uint64_t{labels[peer]} << 32 | peer;
  }
  std::ranges::sort(sorted_);
  for (std::size_t i = 0; i < sorted_.size(); ++i) peers_[i] = static_cast<PeerIndex>(sorted_[i]);
}

}  // namespace moshpit
