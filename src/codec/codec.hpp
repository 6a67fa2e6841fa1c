// The wire codecs (moshpit/codec.hpp): from fp32 values to bytes, from bytes to values and sums.
// Pure, and the same bits on every machine, whatever instructions it has.
//
// Encoded bytes are little-endian and need not be aligned. int8 is the fp32 scales of all blocks,
// then a signed byte an element. A scale has 17 significant bits, so that scale * byte is exact and
// encoding what was decoded gives the same bytes.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/bytes.hpp"
#include "moshpit/codec.hpp"

namespace moshpit {

// Elements that share a scale in int8, counted from a chunk's first one; pieces of a chunk begin at
// multiples of it. docs/decisions/010-codecs.md says why so many.
inline constexpr std::size_t codec_block = 512;

// Never overflows for a number of elements of 32 bits.
std::size_t encoded_size(Codec codec, std::size_t elements);

// Requires: finite values, and room for exactly encoded_size().
void encode(Codec codec, std::span<const float> values, std::span<std::byte> out);

// Reads out.size() elements of a chunk of `elements`, from the first-th on.
// Requires: encoded_size() bytes, a multiple of codec_block as `first`, and that the elements are
// there.
void decode(Codec codec, ByteView encoded, std::size_t elements, std::size_t first,
            std::span<float> out);

// sums[i] += share * value[i] in fp64, product and sum rounded each, as if decoded first.
// Requires: as decode().
void add_weighted(Codec codec, ByteView encoded, std::size_t elements, std::size_t first,
                  double share, std::span<double> sums);

// What an encoding loses: out[i] = factor * (values[i] - what is read back of it).
// Requires: finite values, and as many in `out`, which is another place.
void rounded_off(Codec codec, std::span<const float> values, float factor, std::span<float> out);

// out[i] = values[i] + more[i]. Requires: as many everywhere; `out` may be either of them.
void add_values(std::span<const float> values, std::span<const float> more, std::span<float> out);

// Whether foreign bytes decode to neither infinity nor NaN, with no scale below zero.
// Requires: encoded_size() bytes.
bool all_finite(Codec codec, ByteView encoded, std::size_t elements);

// At most so far does a value that was encoded and decoded lie from `value`. Only int8 asks for the
// `largest` |x| of the block, or of more than the block.
double encoding_error(Codec codec, float value, float largest);

// The instructions in use, for a person: "AVX2".
std::string_view simd_target();

}  // namespace moshpit
