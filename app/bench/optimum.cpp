#include "app/bench/optimum.hpp"

#include <algorithm>
#include <vector>

#include "codec/codec.hpp"
#include "reduce/shares.hpp"

namespace moshpit {
namespace {

// The smaller of both directions; 0: not limited.
double line_of(const BandwidthLimit& limit) {
  if (limit.up == 0 || limit.down == 0) return static_cast<double>(std::max(limit.up, limit.down));
  return static_cast<double>(std::min(limit.up, limit.down));
}

}  // namespace

std::optional<double> optimum_of(const BenchAllReduceOptions& options, Codec codec) {
  std::vector<double> lines(options.peers, line_of(options.peer.bandwidth));
  if (options.last != BandwidthLimit()) lines.back() = line_of(options.last);
  if (std::ranges::min(lines) == 0) return std::nullopt;
  const std::vector<double> shares = balanced_shares(lines);
  const auto others = static_cast<double>(options.peers - 2);
  double vectors = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    vectors = std::max(vectors, (1 + others * shares[i]) / lines[i]);
  }
  const std::size_t elements = options.bytes / sizeof(float);
  return vectors * static_cast<double>(encoded_size(codec, elements));
}

}  // namespace moshpit
