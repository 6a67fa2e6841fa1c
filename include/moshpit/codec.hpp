// Codecs: how the values of a round are written while they travel. Sums are always fp64, and all
// members of a group hold the same result bytes with every codec.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace moshpit {

// x is a finite value, and what is documented is the largest difference between x and what is read
// back. Whatever is finite stays finite.
enum class Codec : std::uint8_t {
  // 4 bytes a value: nothing is lost.
  fp32 = 0,
  // 2 bytes: 2^-11 |x|, or 2^-25 if that is more. Values beyond 65504 become 65504.
  fp16 = 1,
  // 2 bytes: 2^-8 |x|, or 2^-134 if that is more.
  bf16 = 2,
  // 1 byte, and 4 for each block of 512 values: 1/253 of the largest |x| of the block. A block of
  // values that are all below 2^-119 may become zeros.
  int8 = 3,
};

// "fp32", "fp16", "bf16" or "int8", as on the command line.
std::string_view name_of(Codec codec);

// Nothing if no codec has this name.
std::optional<Codec> codec_named(std::string_view name);

// Nothing if no codec has this number.
std::optional<Codec> codec_numbered(std::uint32_t number);

}  // namespace moshpit
