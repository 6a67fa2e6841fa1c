// Strong 256-bit ids. Two ids of different kinds do not compare, convert or mix.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace moshpit {

template <class Tag>
struct Id {
  std::array<std::byte, 32> bytes{};

  bool operator==(const Id&) const = default;
  // In the order of the bytes. Ids are random, so that the first eight decide: ordered containers
  // of ids are searched all the time, and to compare 32 bytes by a call costs more than the search.
  std::strong_ordering operator<=>(const Id& other) const {
    if (const auto order = leading() <=> other.leading(); order != 0) return order;
    return bytes <=> other.bytes;
  }
  // The first eight bytes as a number, the most significant first. Written out, it is one load and
  // one byte swap; of a loop g++ makes twenty instructions.
  std::uint64_t leading() const {
    const auto byte = [this](std::size_t i) {
      return std::to_integer<std::uint64_t>(bytes[i]) << (56 - 8 * i);
    };
    return byte(0) | byte(1) | byte(2) | byte(3) | byte(4) | byte(5) | byte(6) | byte(7);
  }

  // 64 hexadecimal digits.
  std::string text() const {
    constexpr char digits[] = "0123456789abcdef";
    std::string out;
    out.reserve(2 * bytes.size());
    for (std::byte byte : bytes) {
      out += digits[std::to_integer<int>(byte >> 4)];
      out += digits[std::to_integer<int>(byte & std::byte{15})];
    }
    return out;
  }

  // The first 8 digits: what a person reads on a screen.
  std::string brief() const { return text().substr(0, 8); }

  static std::optional<Id> parse(std::string_view text) {
    Id id;
    if (text.size() != 2 * id.bytes.size()) return std::nullopt;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const auto digit = std::string_view("0123456789abcdef").find(text[i]);
      if (digit == std::string_view::npos) return std::nullopt;
      id.bytes[i / 2] = id.bytes[i / 2] << 4 | static_cast<std::byte>(digit);
    }
    return id;
  }
};

using PeerId = Id<struct PeerTag>;             // SHA-256 of the peer's Ed25519 public key
using RunId = Id<struct RunTag>;               // drawn by the peer that starts the run
using RoundId = Id<struct RoundTag>;           // round.md, "Identity and time of a round"
using DirectoryKey = Id<struct DirectoryTag>;  // a place in the directory

}  // namespace moshpit
