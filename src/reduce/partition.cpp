#include "reduce/partition.hpp"

#include <algorithm>
#include <cmath>

#include "base/assert.hpp"

namespace moshpit {
namespace {

// A small vector is still cut into this many chunks, so that every member of a usual group has
// several and sending, summing and receiving overlap.
constexpr std::size_t wanted_chunks = 64;
// 1 KiB of values: below this the header (60 to 92 bytes) would be more than a tenth of the
// traffic.
constexpr std::size_t smallest_chunk = 256;
// 64 KiB of values: a chunk and the block of sums stay in the second-level cache, one frame is what
// a transport is glad to encrypt at once, and at 1 MB/s it takes 65 ms, so that progress shows well
// within the suspicion limit.
constexpr std::size_t largest_chunk = 16384;
// Sums of shares are a whole number of chunks as soon as they are so close to it.
constexpr double rounding = 1e-6;

}  // namespace

ChunkLayout::ChunkLayout(std::size_t elements)
    : elements_(elements),
      chunk_elements_(std::clamp((elements + wanted_chunks - 1) / wanted_chunks, smallest_chunk,
                                 largest_chunk)) {}

std::size_t ChunkLayout::end(std::size_t chunk) const {
  return std::min(elements_, (chunk + 1) * chunk_elements_);
}

Partition::Partition(std::size_t chunks, const std::vector<double>& shares) : owner_of_(chunks) {
  double shared_out = 0;
  std::size_t begin = 0;
  for (std::size_t member = 0; member < shares.size(); ++member) {
    shared_out += shares[member];
    const double boundary = std::floor(shared_out * static_cast<double>(chunks) + rounding);
    const std::size_t end = std::max(begin, static_cast<std::size_t>(boundary));
    MOSHPIT_ASSERT(end <= chunks);
    slices_.push_back(Slice{begin, end});
    for (std::size_t chunk = begin; chunk < end; ++chunk) owner_of_[chunk] = member;
    begin = end;
  }
  MOSHPIT_ASSERT(begin == chunks);
}

}  // namespace moshpit
