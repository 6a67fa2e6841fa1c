// Whether values may go into an average.
#pragma once

#include <span>

#include "codec/codec.hpp"

namespace moshpit {

inline bool all_finite(std::span<const float> values) {
  return all_finite(Codec::fp32, std::as_bytes(values), values.size());
}

}  // namespace moshpit
