#include "codec/codec.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "base/assert.hpp"
#include "codec/kernels.hpp"

namespace moshpit {

// Values are copied as they lie in memory. A machine of the other byte order needs a swap here
// first.
static_assert(std::endian::native == std::endian::little);

namespace {

// int8 divides a block's range into so many steps on each side of zero.
constexpr float int8_steps = 127;
// The bits that a scale keeps: with the 7 bits of a step they fill the 24 of a float.
constexpr std::uint32_t scale_bits = 0xffffff80;
constexpr float largest_float = std::numeric_limits<float>::max();

std::size_t value_size(Codec codec) {
  switch (codec) {
    case Codec::fp32:
      return 4;
    case Codec::fp16:
      return 2;
    case Codec::bf16:
      return 2;
    case Codec::int8:
      return 1;
  }
  MOSHPIT_ASSERT(false);
}

// Of the scales that stand before the values.
std::size_t scales_size(Codec codec, std::size_t elements) {
  if (codec != Codec::int8) return 0;
  return (elements + codec_block - 1) / codec_block * sizeof(float);
}

float scale_for(float largest) {
  const auto bits = std::bit_cast<std::uint32_t>(largest / int8_steps) & scale_bits;
  const auto scale = std::bit_cast<float>(bits);
  // Products with a scale below the normal floats would not be exact: the block becomes zeros.
  return scale < std::numeric_limits<float>::min() ? 0 : scale;
}

// Kernels take whole blocks: the items where they lie, or a copy that is filled up with zeros.
template <class Item>
class WholeBlock {
 public:
  // Of a block of `size` items, those from `first` on that there are.
  WholeBlock(std::span<Item> all, std::size_t first, std::size_t size)
      : items_(all.subspan(first, std::min(size, all.size() - first))),
        is_whole_(items_.size() == size) {
    if (is_whole_) return;
    const auto end = std::copy(items_.begin(), items_.end(), copy_.begin());
    std::fill(end, copy_.end(), Plain{});
  }

  Item* data() { return is_whole_ ? items_.data() : copy_.data(); }

  // Puts what a kernel wrote where the items lie.
  void settle() {
    if (!is_whole_) std::copy_n(copy_.begin(), items_.size(), items_.begin());
  }

 private:
  using Plain = std::remove_const_t<Item>;

  std::span<Item> items_;
  bool is_whole_;
  std::array<Plain, codec_block * std::max<std::size_t>(1, sizeof(float) / sizeof(Item))> copy_;
};

// A chunk as it is encoded.
class Chunk {
 public:
  Chunk(Codec codec, ByteView encoded, std::size_t elements)
      : codec_(codec),
        scales_(encoded.first(scales_size(codec, elements))),
        values_(encoded.subspan(scales_.size())) {
    MOSHPIT_ASSERT(encoded.size() == encoded_size(codec, elements));
  }

  // Requires: the first element of a block.
  WholeBlock<const std::byte> block(std::size_t first) const {
    const std::size_t size = value_size(codec_);
    return {values_, first * size, codec_block * size};
  }
  float scale(std::size_t first) const {
    float scale = 1;
    if (codec_ == Codec::int8) {
      std::memcpy(&scale, &scales_[first / codec_block * sizeof(scale)], sizeof(scale));
    }
    return scale;
  }

 private:
  Codec codec_;
  ByteView scales_;
  ByteView values_;
};

// Writes a whole block, and returns its scale: 1 of a codec that has none.
float encode_whole(Codec codec, const float* values, std::byte* out) {
  const float scale = codec == Codec::int8 ? scale_for(largest_magnitude(values)) : 1;
  encode_block(codec, values, scale == 0 ? 0 : 1 / scale, out);
  return scale;
}

bool is_piece(std::size_t elements, std::size_t first, std::size_t count) {
  return first % codec_block == 0 && first <= elements && count <= elements - first;
}

}  // namespace

std::size_t encoded_size(Codec codec, std::size_t elements) {
  return scales_size(codec, elements) + elements * value_size(codec);
}

void encode(Codec codec, std::span<const float> values, std::span<std::byte> out) {
  MOSHPIT_ASSERT(out.size() == encoded_size(codec, values.size()));
  const std::size_t size = value_size(codec);
  const auto encoded = out.subspan(scales_size(codec, values.size()));
  for (std::size_t first = 0; first < values.size(); first += codec_block) {
    WholeBlock block(values, first, codec_block);
    WholeBlock bytes(encoded, first * size, codec_block * size);
    const float scale = encode_whole(codec, block.data(), bytes.data());
    if (codec == Codec::int8) {
      std::memcpy(&out[first / codec_block * sizeof(scale)], &scale, sizeof(scale));
    }
    bytes.settle();
  }
}

void decode(Codec codec, ByteView encoded, std::size_t elements, std::size_t first,
            std::span<float> out) {
  MOSHPIT_ASSERT(is_piece(elements, first, out.size()));
  const Chunk chunk(codec, encoded, elements);
  for (std::size_t done = 0; done < out.size(); done += codec_block) {
    WholeBlock values(out, done, codec_block);
    decode_block(codec, chunk.block(first + done).data(), chunk.scale(first + done), values.data());
    values.settle();
  }
}

void add_weighted(Codec codec, ByteView encoded, std::size_t elements, std::size_t first,
                  double share, std::span<double> sums) {
  MOSHPIT_ASSERT(is_piece(elements, first, sums.size()));
  const Chunk chunk(codec, encoded, elements);
  for (std::size_t done = 0; done < sums.size(); done += codec_block) {
    WholeBlock block(sums, done, codec_block);
    add_block(codec, chunk.block(first + done).data(), chunk.scale(first + done), share,
              block.data());
    block.settle();
  }
}

void rounded_off(Codec codec, std::span<const float> values, float factor, std::span<float> out) {
  MOSHPIT_ASSERT(out.size() == values.size());
  std::array<std::byte, codec_block * sizeof(float)> encoded;
  std::array<float, codec_block> decoded;
  for (std::size_t first = 0; first < values.size(); first += codec_block) {
    WholeBlock block(values, first, codec_block);
    WholeBlock lost(out, first, codec_block);
    const float scale = encode_whole(codec, block.data(), encoded.data());
    decode_block(codec, encoded.data(), scale, decoded.data());
    difference_block(block.data(), decoded.data(), factor, lost.data());
    lost.settle();
  }
}

void add_values(std::span<const float> values, std::span<const float> more, std::span<float> out) {
  MOSHPIT_ASSERT(more.size() == values.size() && out.size() == values.size());
  for (std::size_t first = 0; first < values.size(); first += codec_block) {
    WholeBlock block(values, first, codec_block);
    WholeBlock other(more, first, codec_block);
    WholeBlock sum(out, first, codec_block);
    sum_block(block.data(), other.data(), sum.data());
    sum.settle();
  }
}

bool all_finite(Codec codec, ByteView encoded, std::size_t elements) {
  const Chunk chunk(codec, encoded, elements);
  for (std::size_t first = 0; first < elements; first += codec_block) {
    auto block = chunk.block(first);
    if (!is_finite_block(codec, block.data())) return false;
    const float scale = chunk.scale(first);
    if (!(scale >= 0)) return false;
    // A foreign byte may be -128, and a foreign scale anything.
    if (scale <= largest_float / 128) continue;
    std::array<float, codec_block> values;
    decode_block(codec, block.data(), scale, values.data());
    if (!is_finite_block(Codec::fp32, std::as_bytes(std::span(values)).data())) return false;
  }
  return true;
}

double encoding_error(Codec codec, float value, float largest) {
  const double magnitude = std::abs(static_cast<double>(value));
  const double range = std::abs(static_cast<double>(largest));
  switch (codec) {
    case Codec::fp32:
      return 0;
    case Codec::fp16:
      return std::max({magnitude * 0x1p-11, 0x1p-25, magnitude - 65504});
    case Codec::bf16:
      return std::max(magnitude * 0x1p-8, 0x1p-134);
    case Codec::int8:
      return std::max(range / 253, std::min(range, 0x1p-119));
  }
  MOSHPIT_ASSERT(false);
}

std::string_view simd_target() { return kernel_target(); }

}  // namespace moshpit
