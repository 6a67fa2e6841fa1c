// Frame: bytes on their way to a peer. What goes to many, as the result of a chunk does, is held
// once for all of them.
#pragma once

#include <cstddef>
#include <utility>

#include "base/bytes.hpp"
#include "base/shared_bytes.hpp"

namespace moshpit {

class Frame {
 public:
  Frame() = default;
  Frame(Bytes own) : own_(std::move(own)) {}
  explicit Frame(SharedBytes shared) : shared_(std::move(shared)) {}

  // The bytes are those of the first part, then those of the second.
  ByteView first() const { return shared_.view(); }
  ByteView second() const { return own_; }
  std::size_t size() const { return first().size() + own_.size(); }

  // For whoever adds to the end.
  Bytes& own() { return own_; }

  // In one piece, without a copy if nothing of it is shared.
  Bytes joined() && {
    if (shared_.empty()) return std::move(own_);
    Bytes all;
    all.reserve(size());
    append(all, first());
    append(all, own_);
    return all;
  }

 private:
  SharedBytes shared_;
  Bytes own_;
};

}  // namespace moshpit
