// BandwidthLimit: how much of its line a peer may use, in each direction.
#pragma once

#include <cstdint>
#include <string_view>

#include "moshpit/result.hpp"

namespace moshpit {

// Bytes of frames a second, over all links of a peer together; 0: as much as the line carries. What
// TLS and TCP add, a hundredth, is not counted.
struct BandwidthLimit {
  std::uint64_t up = 0;
  std::uint64_t down = 0;

  // "10M/50M": up and down in bytes a second, with K, M or G for thousands, millions and billions,
  // each 0 or at least 64K. ErrorCode::invalid_argument with a sentence.
  static Result<BandwidthLimit> parse(std::string_view text);

  bool operator==(const BandwidthLimit&) const = default;
};

}  // namespace moshpit
