#include "reduce/partition.hpp"

#include <algorithm>
#include <utility>

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

}  // namespace

ChunkLayout::ChunkLayout(std::size_t elements)
    : elements_(elements),
      chunk_elements_(std::clamp((elements + wanted_chunks - 1) / wanted_chunks, smallest_chunk,
                                 largest_chunk)) {}

std::size_t ChunkLayout::end(std::size_t chunk) const {
  return std::min(elements_, (chunk + 1) * chunk_elements_);
}

Partition::Partition(std::size_t chunks, std::vector<bool> owners) : owner_of_(chunks) {
  MOSHPIT_ASSERT(!owners.empty());
  if (std::count(owners.begin(), owners.end(), true) == 0) owners[0] = true;
  const auto owner_count = static_cast<std::size_t>(std::count(owners.begin(), owners.end(), true));
  std::size_t index = 0;
  for (std::size_t member = 0; member < owners.size(); ++member) {
    const std::size_t begin = chunks * index / owner_count;
    if (owners[member]) ++index;
    const std::size_t end = chunks * index / owner_count;
    slices_.push_back(Slice{begin, end});
    for (std::size_t chunk = begin; chunk < end; ++chunk) owner_of_[chunk] = member;
  }
}

}  // namespace moshpit
