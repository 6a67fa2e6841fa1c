// Bytes and views of bytes, and the few conversions that everybody needs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace moshpit {

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;

inline ByteView as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// As operator== says; the standard library of g++ 12 compares std::byte one at a time.
inline bool same_bytes(ByteView one, ByteView other) { return as_text(one) == as_text(other); }

inline Bytes to_bytes(ByteView view) { return Bytes(view.begin(), view.end()); }
inline Bytes to_bytes(std::string_view text) { return to_bytes(as_bytes(text)); }

inline void append(Bytes& out, ByteView more) { out.insert(out.end(), more.begin(), more.end()); }

// Fixed-width little-endian integers: the only byte order on the wire.
template <class Integer>
void append_little_endian(Bytes& out, Integer value) {
  static_assert(std::is_unsigned_v<Integer>);
  for (std::size_t i = 0; i < sizeof(Integer); ++i) {
    out.push_back(static_cast<std::byte>(value >> (8 * i)));
  }
}

// Requires: at least sizeof(Integer) bytes.
template <class Integer>
Integer read_little_endian(ByteView bytes) {
  static_assert(std::is_unsigned_v<Integer>);
  Integer value = 0;
  for (std::size_t i = 0; i < sizeof(Integer); ++i) {
    value = static_cast<Integer>(value | static_cast<Integer>(bytes[i]) << (8 * i));
  }
  return value;
}

}  // namespace moshpit
