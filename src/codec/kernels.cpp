#include "codec/kernels.hpp"

#include "codec/codec.hpp"

// Highway compiles this file once for every instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace moshpit {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Encoded values lie anywhere: these pointers are not aligned.
template <class D>
hn::Vec<D> load_bytes(D lanes, const std::byte* from) {
  return hn::LoadU(lanes, reinterpret_cast<const hn::TFromD<D>*>(from));
}

template <class D>
void store_bytes(D lanes, hn::Vec<D> values, std::byte* to) {
  hn::StoreU(values, lanes, reinterpret_cast<hn::TFromD<D>*>(to));
}

// What is finite stays finite: it does not round to infinity.
template <class D>
hn::Vec<D> clamp(D floats, hn::Vec<D> values, float limit) {
  return hn::Min(hn::Max(values, hn::Set(floats, -limit)), hn::Set(floats, limit));
}

// A format is how a vector of floats is loaded and stored. `exponent` are the bits that are all set
// in infinities and NaN.
struct Fp32 {
  using Word = std::uint32_t;
  static constexpr Word exponent = 0x7f800000;

  template <class D>
  hn::Vec<D> load(D floats, const std::byte* from) const {
    return load_bytes(floats, from);
  }
  template <class D>
  void store(D floats, hn::Vec<D> values, std::byte* to) const {
    store_bytes(floats, values, to);
  }
};

struct Fp16 {
  using Word = std::uint16_t;
  static constexpr Word exponent = 0x7c00;
  static constexpr float largest = 65504;

#if HWY_TARGET == HWY_EMU128 || HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_SSSE3 || \
    HWY_TARGET == HWY_SSE4
  // Without instructions for it; Highway's own way cuts off instead of rounding.
  template <class D>
  hn::Vec<D> load(D floats, const std::byte* from) const {
    const hn::Rebind<Word, D> halves;
    const hn::RebindToUnsigned<D> words;
    const auto half = hn::PromoteTo(words, load_bytes(halves, from));
    const auto sign = hn::ShiftLeft<16>(hn::And(half, hn::Set(words, 0x8000)));
    const auto magnitude = hn::ShiftLeft<13>(hn::And(half, hn::Set(words, 0x7fff)));
    // Moves the exponent to its new bias, and is exact for subnormal halves too.
    const auto value = hn::Mul(hn::BitCast(floats, magnitude), hn::Set(floats, 0x1p112f));
    const auto beyond = hn::Gt(value, hn::Set(floats, largest));
    const auto infinity = hn::BitCast(floats, hn::Set(words, Fp32::exponent));
    return hn::Or(hn::IfThenElse(beyond, hn::Or(value, infinity), value),
                  hn::BitCast(floats, sign));
  }
  template <class D>
  void store(D floats, hn::Vec<D> values, std::byte* to) const {
    const hn::RebindToUnsigned<D> words;
    const hn::RebindToSigned<D> integers;
    const hn::Rebind<Word, D> halves;
    const auto bits = hn::BitCast(words, clamp(floats, values, largest));
    const auto sign = hn::And(bits, hn::Set(words, 0x80000000));
    const auto magnitude = hn::Xor(bits, sign);
    // To nearest, ties to even; a carry into the exponent is right.
    const auto odd = hn::And(hn::ShiftRight<13>(magnitude), hn::Set(words, 1));
    const auto rounded = hn::Add(hn::Add(magnitude, odd), hn::Set(words, 0xfff));
    const auto normal = hn::ShiftRight<13>(hn::Sub(rounded, hn::Set(words, (127 - 15) << 23)));
    // The last bit of 0.5 is the step of subnormal halves, so that this sum rounds to it.
    const auto half = hn::Set(floats, 0.5f);
    const auto sum = hn::Add(hn::BitCast(floats, magnitude), half);
    const auto subnormal = hn::Sub(hn::BitCast(words, sum), hn::BitCast(words, half));
    const auto is_normal = hn::Ge(hn::BitCast(floats, magnitude), hn::Set(floats, 0x1p-14f));
    const auto half_bits = hn::IfThenElse(hn::RebindMask(words, is_normal), normal, subnormal);
    const auto signed_bits = hn::Or(half_bits, hn::ShiftRight<16>(sign));
    store_bytes(halves, hn::DemoteTo(halves, hn::BitCast(integers, signed_bits)), to);
  }
#else
  template <class D>
  hn::Vec<D> load(D floats, const std::byte* from) const {
    const hn::Rebind<hwy::float16_t, D> halves;
    return hn::PromoteTo(floats, load_bytes(halves, from));
  }
  template <class D>
  void store(D floats, hn::Vec<D> values, std::byte* to) const {
    const hn::Rebind<hwy::float16_t, D> halves;
    store_bytes(halves, hn::DemoteTo(halves, clamp(floats, values, largest)), to);
  }
#endif
};

struct Bf16 {
  using Word = std::uint16_t;
  static constexpr Word exponent = 0x7f80;
  static constexpr float largest = 0x1.fep127f;

  template <class D>
  hn::Vec<D> load(D floats, const std::byte* from) const {
    const hn::Rebind<Word, D> halves;
    const hn::RebindToUnsigned<D> words;
    const auto half = hn::PromoteTo(words, load_bytes(halves, from));
    return hn::BitCast(floats, hn::ShiftLeft<16>(half));
  }
  template <class D>
  void store(D floats, hn::Vec<D> values, std::byte* to) const {
    const hn::RebindToUnsigned<D> words;
    const hn::RebindToSigned<D> integers;
    const hn::Rebind<Word, D> halves;
    const auto bits = hn::BitCast(words, clamp(floats, values, largest));
    const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(words, 1));
    const auto rounded = hn::Add(hn::Add(bits, odd), hn::Set(words, 0x7fff));
    const auto half_bits = hn::BitCast(integers, hn::ShiftRight<16>(rounded));
    store_bytes(halves, hn::DemoteTo(halves, half_bits), to);
  }
};

struct Int8 {
  using Word = std::int8_t;
  float scale = 1;  // when storing, its inverse

  template <class D>
  hn::Vec<D> load(D floats, const std::byte* from) const {
    const hn::Rebind<Word, D> bytes;
    const hn::RebindToSigned<D> integers;
    const auto steps = hn::PromoteTo(integers, load_bytes(bytes, from));
    return hn::Mul(hn::ConvertTo(floats, steps), hn::Set(floats, scale));
  }
  template <class D>
  void store(D floats, hn::Vec<D> values, std::byte* to) const {
    const hn::Rebind<Word, D> bytes;
    const auto steps = hn::NearestInt(hn::Mul(values, hn::Set(floats, scale)));
    store_bytes(bytes, hn::DemoteTo(bytes, steps), to);
  }
};

template <class Format>
void encode_as(Format format, const float* values, std::byte* out) {
  const hn::ScalableTag<float> floats;
  for (std::size_t i = 0; i < codec_block; i += hn::Lanes(floats)) {
    format.store(floats, hn::LoadU(floats, values + i), out + i * sizeof(typename Format::Word));
  }
}

template <class Format>
void decode_as(Format format, const std::byte* encoded, float* out) {
  const hn::ScalableTag<float> floats;
  for (std::size_t i = 0; i < codec_block; i += hn::Lanes(floats)) {
    hn::StoreU(format.load(floats, encoded + i * sizeof(typename Format::Word)), floats, out + i);
  }
}

template <class Format>
void add_as(Format format, const std::byte* encoded, double share, double* sums) {
  const hn::ScalableTag<double> doubles;
  const hn::Rebind<float, decltype(doubles)> floats;
  const auto shares = hn::Set(doubles, share);
  for (std::size_t i = 0; i < codec_block; i += hn::Lanes(doubles)) {
    const auto values = format.load(floats, encoded + i * sizeof(typename Format::Word));
    const auto product = hn::Mul(shares, hn::PromoteTo(doubles, values));
    hn::StoreU(hn::Add(hn::LoadU(doubles, sums + i), product), doubles, sums + i);
  }
}

template <class Format>
bool is_finite_as(Format, const std::byte* encoded) {
  using Word = typename Format::Word;
  const hn::ScalableTag<Word> words;
  const auto exponent = hn::Set(words, Format::exponent);
  auto found = hn::Zero(words);
  for (std::size_t i = 0; i < codec_block; i += hn::Lanes(words)) {
    const auto bits = hn::And(load_bytes(words, encoded + i * sizeof(Word)), exponent);
    found = hn::Or(found, hn::VecFromMask(words, hn::Eq(bits, exponent)));
  }
  return hn::AllFalse(words, hn::MaskFromVec(found));
}

void encode_here(Codec codec, const float* values, float inverse_scale, std::byte* out) {
  switch (codec) {
    case Codec::fp32:
      return encode_as(Fp32{}, values, out);
    case Codec::fp16:
      return encode_as(Fp16{}, values, out);
    case Codec::bf16:
      return encode_as(Bf16{}, values, out);
    case Codec::int8:
      return encode_as(Int8{inverse_scale}, values, out);
  }
}

void decode_here(Codec codec, const std::byte* encoded, float scale, float* out) {
  switch (codec) {
    case Codec::fp32:
      return decode_as(Fp32{}, encoded, out);
    case Codec::fp16:
      return decode_as(Fp16{}, encoded, out);
    case Codec::bf16:
      return decode_as(Bf16{}, encoded, out);
    case Codec::int8:
      return decode_as(Int8{scale}, encoded, out);
  }
}

void add_here(Codec codec, const std::byte* encoded, float scale, double share, double* sums) {
  switch (codec) {
    case Codec::fp32:
      return add_as(Fp32{}, encoded, share, sums);
    case Codec::fp16:
      return add_as(Fp16{}, encoded, share, sums);
    case Codec::bf16:
      return add_as(Bf16{}, encoded, share, sums);
    case Codec::int8:
      return add_as(Int8{scale}, encoded, share, sums);
  }
}

bool is_finite_here(Codec codec, const std::byte* encoded) {
  switch (codec) {
    case Codec::fp32:
      return is_finite_as(Fp32{}, encoded);
    case Codec::fp16:
      return is_finite_as(Fp16{}, encoded);
    case Codec::bf16:
      return is_finite_as(Bf16{}, encoded);
    case Codec::int8:
      break;
  }
  return true;
}

float largest_here(const float* values) {
  const hn::ScalableTag<float> floats;
  auto largest = hn::Zero(floats);
  for (std::size_t i = 0; i < codec_block; i += hn::Lanes(floats)) {
    largest = hn::Max(largest, hn::Abs(hn::LoadU(floats, values + i)));
  }
  return hn::GetLane(hn::MaxOfLanes(floats, largest));
}

void sum_here(const float* values, const float* more, float* out) {
  const hn::ScalableTag<float> floats;
  for (std::size_t i = 0; i < codec_block; i += hn::Lanes(floats)) {
    hn::StoreU(hn::Add(hn::LoadU(floats, values + i), hn::LoadU(floats, more + i)), floats,
               out + i);
  }
}

void difference_here(const float* values, const float* others, float factor, float* out) {
  const hn::ScalableTag<float> floats;
  const auto factors = hn::Set(floats, factor);
  for (std::size_t i = 0; i < codec_block; i += hn::Lanes(floats)) {
    const auto lost = hn::Sub(hn::LoadU(floats, values + i), hn::LoadU(floats, others + i));
    hn::StoreU(hn::Mul(factors, lost), floats, out + i);
  }
}

const char* target_here() { return hwy::TargetName(HWY_TARGET); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace moshpit
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace moshpit {

HWY_EXPORT(encode_here);
HWY_EXPORT(decode_here);
HWY_EXPORT(add_here);
HWY_EXPORT(is_finite_here);
HWY_EXPORT(largest_here);
HWY_EXPORT(sum_here);
HWY_EXPORT(difference_here);
HWY_EXPORT(target_here);

void encode_block(Codec codec, const float* values, float inverse_scale, std::byte* out) {
  HWY_DYNAMIC_DISPATCH(encode_here)(codec, values, inverse_scale, out);
}

void decode_block(Codec codec, const std::byte* encoded, float scale, float* out) {
  HWY_DYNAMIC_DISPATCH(decode_here)(codec, encoded, scale, out);
}

void add_block(Codec codec, const std::byte* encoded, float scale, double share, double* sums) {
  HWY_DYNAMIC_DISPATCH(add_here)(codec, encoded, scale, share, sums);
}

bool is_finite_block(Codec codec, const std::byte* encoded) {
  return HWY_DYNAMIC_DISPATCH(is_finite_here)(codec, encoded);
}

float largest_magnitude(const float* values) { return HWY_DYNAMIC_DISPATCH(largest_here)(values); }

void sum_block(const float* values, const float* more, float* out) {
  HWY_DYNAMIC_DISPATCH(sum_here)(values, more, out);
}

void difference_block(const float* values, const float* others, float factor, float* out) {
  HWY_DYNAMIC_DISPATCH(difference_here)(values, others, factor, out);
}

const char* kernel_target() { return HWY_DYNAMIC_DISPATCH(target_here)(); }

}  // namespace moshpit
#endif
