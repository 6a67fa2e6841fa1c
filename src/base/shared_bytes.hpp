// SharedBytes: bytes that cannot change any more. Copies are cheap: all are the same memory.
//
// It is a value like any other, so that ownership stays a tree: nobody can tell a copy from the
// original.
#pragma once

#include <memory>
#include <utility>

#include "base/bytes.hpp"

namespace moshpit {

class SharedBytes {
 public:
  SharedBytes() = default;  // none
  explicit SharedBytes(Bytes bytes) : bytes_(std::make_shared<const Bytes>(std::move(bytes))) {}

  ByteView view() const { return bytes_ ? ByteView(*bytes_) : ByteView(); }
  bool empty() const { return view().empty(); }

 private:
  std::shared_ptr<const Bytes> bytes_;
};

}  // namespace moshpit
