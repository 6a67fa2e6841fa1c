// The inner loops of the codecs, with the best instructions of this machine. Private to codec/.
//
// Each works on a whole block: codec_block elements. Pointers need no alignment. `scale` is used by
// int8 only.
#pragma once

#include <cstddef>

#include "moshpit/codec.hpp"

namespace moshpit {

void encode_block(Codec codec, const float* values, float inverse_scale, std::byte* out);
void decode_block(Codec codec, const std::byte* encoded, float scale, float* out);
void add_block(Codec codec, const std::byte* encoded, float scale, double share, double* sums);

// Without regard to a scale: any byte of int8 is finite.
bool is_finite_block(Codec codec, const std::byte* encoded);

float largest_magnitude(const float* values);
// out = values + more, and out = factor * (values - others).
void sum_block(const float* values, const float* more, float* out);
void difference_block(const float* values, const float* others, float factor, float* out);

const char* kernel_target();

}  // namespace moshpit
