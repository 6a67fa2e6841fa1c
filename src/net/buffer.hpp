// Buffer: bytes on their way through, in memory that is used again and again: fresh memory costs as
// much as a copy, because the system clears it first. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>

#include "base/assert.hpp"
#include "base/bytes.hpp"

namespace moshpit {

class Buffer {
 public:
  ByteView view() const { return empty() ? ByteView() : ByteView(memory_).subspan(skew, size_); }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  void clear() { size_ = 0; }

  // Room for so many more bytes at the end, which whoever asks fills. What they were before is not
  // said. Any span or view from before is void.
  std::span<std::byte> grow(std::size_t bytes) {
    const std::size_t needed = skew + size_ + bytes;
    if (needed > memory_.size()) memory_.resize(std::max(needed, 2 * memory_.size()));
    size_ += bytes;
    return std::span(memory_).subspan(needed - bytes, bytes);
  }
  void append(ByteView bytes) {
    const auto room = grow(bytes.size());
    if (!bytes.empty()) std::memcpy(room.data(), bytes.data(), bytes.size());
  }
  // The last of it was not needed.
  void shrink(std::size_t bytes) {
    MOSHPIT_ASSERT(bytes <= size_);
    size_ -= bytes;
  }
  // The first of it is done with.
  void drop(std::size_t bytes) {
    MOSHPIT_ASSERT(bytes <= size_);
    size_ -= bytes;
    if (bytes == 0 || size_ == 0) return;
    std::byte* begin = memory_.data() + skew;
    std::memmove(begin, begin + bytes, size_);
  }

 private:
  // Contents begin half a page into the memory. Where the target of a copy lies just above its
  // source modulo the page, as copies between beginnings of pages come to, glibc's memcpy is
  // several times slower on some processors (its bug 30994): OpenSSL's own buffer begins with one.
  static constexpr std::size_t skew = 2048;

  Bytes memory_;
  std::size_t size_ = 0;
};

}  // namespace moshpit
