// How a vector is cut into chunks, and who owns which. Pure; every member computes the same.
//
// The chunking depends on the vector's size only, not on the group: a weight is carried per chunk
// from round to round, and the groups of two rounds differ. A slice is a run of whole chunks.
#pragma once

#include <cstddef>
#include <vector>

namespace moshpit {

class ChunkLayout {
 public:
  explicit ChunkLayout(std::size_t elements);

  std::size_t elements() const { return elements_; }
  std::size_t count() const { return (elements_ + chunk_elements_ - 1) / chunk_elements_; }
  // The size of every chunk but the last, which may be smaller.
  std::size_t chunk_elements() const { return chunk_elements_; }

  std::size_t begin(std::size_t chunk) const { return chunk * chunk_elements_; }
  std::size_t end(std::size_t chunk) const;
  std::size_t size(std::size_t chunk) const { return end(chunk) - begin(chunk); }

 private:
  std::size_t elements_;
  std::size_t chunk_elements_;
};

// The chunks [begin, end) that one member owns.
struct Slice {
  std::size_t begin = 0;
  std::size_t end = 0;

  std::size_t size() const { return end - begin; }
};

class Partition {
 public:
  // `shares[i]`: the part that member i owns, in whole chunks. They sum up to 1.
  Partition(std::size_t chunks, const std::vector<double>& shares);

  const Slice& slice(std::size_t member) const { return slices_[member]; }
  std::size_t owner(std::size_t chunk) const { return owner_of_[chunk]; }
  std::size_t members() const { return slices_.size(); }

 private:
  std::vector<Slice> slices_;
  std::vector<std::size_t> owner_of_;
};

}  // namespace moshpit
