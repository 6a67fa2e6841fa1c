// Buffer: bytes on their way through, in memory that is used again and again: fresh memory costs as
// much as a copy, because the system clears it first. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>

#include "base/bytes.hpp"

namespace moshpit {

class Buffer {
 public:
  ByteView view() const { return ByteView(memory_).first(size_); }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  void clear() { size_ = 0; }

  // Room for so many more bytes at the end, which whoever asks fills. What they were before is not
  // said. Any span or view from before is void.
  std::span<std::byte> grow(std::size_t bytes) {
    if (size_ + bytes > memory_.size()) memory_.resize(std::max(size_ + bytes, 2 * memory_.size()));
    size_ += bytes;
    return std::span(memory_).subspan(size_ - bytes, bytes);
  }
  void append(ByteView bytes) {
    const auto room = grow(bytes.size());
    if (!bytes.empty()) std::memcpy(room.data(), bytes.data(), bytes.size());
  }
  // The last of it was not needed.
  void shrink(std::size_t bytes) { size_ -= bytes; }
  // The first of it is done with.
  void drop(std::size_t bytes) {
    size_ -= bytes;
    if (bytes > 0 && size_ > 0) std::memmove(memory_.data(), memory_.data() + bytes, size_);
  }

 private:
  Bytes memory_;
  std::size_t size_ = 0;
};

}  // namespace moshpit
