#include "moshpit/codec.hpp"

#include "base/assert.hpp"

namespace moshpit {

std::string_view name_of(Codec codec) {
  switch (codec) {
    case Codec::fp32:
      return "fp32";
    case Codec::fp16:
      return "fp16";
    case Codec::bf16:
      return "bf16";
    case Codec::int8:
      return "int8";
  }
  MOSHPIT_ASSERT(false);
}

std::optional<Codec> codec_named(std::string_view name) {
  for (const Codec codec : {Codec::fp32, Codec::fp16, Codec::bf16, Codec::int8}) {
    if (name_of(codec) == name) return codec;
  }
  return std::nullopt;
}

std::optional<Codec> codec_numbered(std::uint32_t number) {
  if (number > static_cast<std::uint32_t>(Codec::int8)) return std::nullopt;
  return static_cast<Codec>(number);
}

}  // namespace moshpit
