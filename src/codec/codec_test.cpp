// What holds for every codec.
#include "codec/codec.hpp"

#include <cmath>
#include <cstring>

#include "codec/on_every_target.hpp"

namespace moshpit {
namespace {

class Codecs : public OnEveryTarget {};
MOSHPIT_ON_EVERY_TARGET(Codecs);

// Empty, less than a vector, and around one block and several.
constexpr std::size_t lengths[] = {0, 1, 7, 63, 64, 511, 512, 513, 1000, 4096, 5001};

// Byte by byte: 0 and -0 differ, and NaN is like itself.
template <class Item>
bool same_bits(const std::vector<Item>& one, const std::vector<Item>& other) {
  return one.size() == other.size() &&
         (one.empty() || std::memcmp(one.data(), other.data(), one.size() * sizeof(Item)) == 0);
}

TEST(EncodedSize, IsWhatTheHeaderSays) {
  EXPECT_EQ(encoded_size(Codec::fp32, 1000), 4000u);
  EXPECT_EQ(encoded_size(Codec::fp16, 1000), 2000u);
  EXPECT_EQ(encoded_size(Codec::bf16, 1000), 2000u);
  EXPECT_EQ(encoded_size(Codec::int8, 0), 0u);
  EXPECT_EQ(encoded_size(Codec::int8, codec_block), 4 + codec_block);
  EXPECT_EQ(encoded_size(Codec::int8, codec_block + 1), 2 * 4 + codec_block + 1);
  EXPECT_EQ(encoded_size(Codec::fp32, 0xffffffffu), 4 * std::uint64_t{0xffffffffu});
}

TEST_P(Codecs, ErrorsStayWithinTheBoundAndFiniteValuesFinite) {
  for (const std::size_t length : lengths) {
    for (const auto& values : difficult_vectors(length)) {
      for (const Codec codec : all_codecs) {
        const Bytes bytes = encoded(codec, values);
        ASSERT_TRUE(all_finite(codec, bytes, length));
        const auto back = decoded(codec, bytes, length);
        for (std::size_t i = 0; i < length; ++i) {
          const double error = static_cast<double>(back[i]) - static_cast<double>(values[i]);
          const double bound = encoding_error(codec, values[i], largest_in_block(values, i));
          ASSERT_LE(std::abs(error), bound) << name_of(codec) << " of " << values[i];
        }
      }
    }
  }
}

TEST_P(Codecs, EncodingWhatWasDecodedGivesTheSameBytes) {
  for (const std::size_t length : lengths) {
    for (const auto& values : difficult_vectors(length)) {
      for (const Codec codec : all_codecs) {
        const Bytes bytes = encoded(codec, values);
        ASSERT_EQ(bytes, encoded(codec, decoded(codec, bytes, length))) << name_of(codec);
      }
    }
  }
}

TEST_P(Codecs, AllTargetsGiveTheSameBits) {
  for (const auto& values : difficult_vectors(5001)) {
    for (const Codec codec : all_codecs) {
      hwy::SetSupportedTargetsForTest(GetParam());
      const Bytes bytes = encoded(codec, values);
      const auto back = decoded(codec, bytes, values.size());
      hwy::SetSupportedTargetsForTest(0);
      ASSERT_EQ(bytes, encoded(codec, values));
      ASSERT_TRUE(same_bits(back, decoded(codec, bytes, values.size())));
    }
  }
}

TEST_P(Codecs, SumsAreThoseOfDecodedValues) {
  for (const std::size_t length : lengths) {
    for (const auto& values : difficult_vectors(length)) {
      for (const Codec codec : all_codecs) {
        const Bytes bytes = encoded(codec, values);
        const auto back = decoded(codec, bytes, length);
        std::vector<double> sums(length, 1.0 / 3);
        std::vector<double> expected = sums;
        for (const double share : {0.1, 1e-9, 0.7}) {
          add_weighted(codec, bytes, length, 0, share, sums);
          for (std::size_t i = 0; i < length; ++i) {
            const double product = share * static_cast<double>(back[i]);
            expected[i] += product;
          }
        }
        ASSERT_TRUE(same_bits(sums, expected)) << name_of(codec);
      }
    }
  }
}

TEST_P(Codecs, APieceIsThatPartOfTheWhole) {
  constexpr std::size_t length = 3 * codec_block + 100;
  const auto values = difficult_vectors(length).front();
  for (const Codec codec : all_codecs) {
    const Bytes bytes = encoded(codec, values);
    const auto back = decoded(codec, bytes, length);
    for (std::size_t first = 0; first < length; first += codec_block) {
      for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{100},
                                     std::min(codec_block, length - first), length - first}) {
        std::vector<float> piece(size);
        decode(codec, bytes, length, first, piece);
        ASSERT_TRUE(std::equal(piece.begin(), piece.end(), back.begin() + first));
        std::vector<double> sums(size);
        add_weighted(codec, bytes, length, first, 1, sums);
        ASSERT_TRUE(std::equal(sums.begin(), sums.end(), back.begin() + first));
      }
    }
  }
}

TEST_P(Codecs, BytesNeedNotBeAlignedAndNothingIsWrittenBeside) {
  for (const std::size_t length : lengths) {
    const auto values = difficult_vectors(length).front();
    for (const Codec codec : all_codecs) {
      const Bytes bytes = encoded(codec, values);
      constexpr std::byte mark{0xee};
      Bytes shifted(bytes.size() + 2, mark);
      const auto inside = std::span(shifted).subspan(1, bytes.size());
      encode(codec, values, inside);
      ASSERT_EQ(shifted.front(), mark);
      ASSERT_EQ(shifted.back(), mark);
      ASSERT_TRUE(std::equal(inside.begin(), inside.end(), bytes.begin()));
      ASSERT_TRUE(same_bits(decoded(codec, inside, length), decoded(codec, bytes, length)));
      std::vector<double> sums(length);
      std::vector<double> expected(length);
      add_weighted(codec, inside, length, 0, 0.3, sums);
      add_weighted(codec, bytes, length, 0, 0.3, expected);
      ASSERT_TRUE(same_bits(sums, expected));
      ASSERT_TRUE(all_finite(codec, inside, length));
    }
  }
}

// One value that is not finite, anywhere.
TEST_P(Codecs, WhatIsNotFiniteIsFoundInForeignBytes) {
  struct Word {
    Codec codec;
    std::uint32_t bits;
    bool finite;
  };
  const Word words[] = {{Codec::fp32, 0x7f800000, false}, {Codec::fp32, 0xff800000, false},
                        {Codec::fp32, 0x7fc00000, false}, {Codec::fp32, 0xff800001, false},
                        {Codec::fp32, 0x7f7fffff, true},  {Codec::fp32, 0x80000001, true},
                        {Codec::fp16, 0x7c00, false},     {Codec::fp16, 0xfc00, false},
                        {Codec::fp16, 0x7e00, false},     {Codec::fp16, 0xfc01, false},
                        {Codec::fp16, 0x7bff, true},      {Codec::fp16, 0xfbff, true},
                        {Codec::bf16, 0x7f80, false},     {Codec::bf16, 0xff80, false},
                        {Codec::bf16, 0x7fc0, false},     {Codec::bf16, 0xff81, false},
                        {Codec::bf16, 0x7f7f, true},      {Codec::bf16, 0xff7f, true}};
  for (const std::size_t length : lengths) {
    for (const Word& word : words) {
      const std::size_t size = encoded_size(word.codec, 1);
      for (std::size_t element = 0; element < length; element += 1 + length / 50) {
        Bytes bytes(encoded_size(word.codec, length));
        std::memcpy(&bytes[element * size], &word.bits, size);
        ASSERT_EQ(all_finite(word.codec, bytes, length), word.finite) << word.bits;
      }
    }
  }
}

TEST(EncodingError, IsWhatThePublicHeaderSays) {
  EXPECT_EQ(encoding_error(Codec::fp32, 3, 5), 0);
  EXPECT_EQ(encoding_error(Codec::fp16, -1, 5), 0x1p-11);
  EXPECT_EQ(encoding_error(Codec::fp16, 1e-8f, 5), 0x1p-25);
  EXPECT_EQ(encoding_error(Codec::fp16, -1e6f, 1e6f), 1e6 - 65504);
  EXPECT_EQ(encoding_error(Codec::bf16, -1, 5), 0x1p-8);
  EXPECT_EQ(encoding_error(Codec::bf16, 0, 5), 0x1p-134);
  EXPECT_EQ(encoding_error(Codec::int8, 1, 253), 1);
  EXPECT_EQ(encoding_error(Codec::int8, 0, 1e-40f), static_cast<double>(1e-40f));
}

TEST_P(Codecs, WhatIsRoundedOffIsTheDifferenceToWhatComesBack) {
  for (const std::size_t length : lengths) {
    for (const auto& values : difficult_vectors(length)) {
      for (const Codec codec : all_codecs) {
        const auto back = decoded(codec, encoded(codec, values), length);
        std::vector<float> wanted(length);
        for (std::size_t i = 0; i < length; ++i) {
          const float lost = values[i] - back[i];
          wanted[i] = 3 * lost;
        }
        std::vector<float> out(length, 7.0f);
        rounded_off(codec, values, 3, out);
        ASSERT_TRUE(same_bits(out, wanted)) << name_of(codec) << ", " << length;
      }
    }
  }
}

TEST_P(Codecs, ValuesAreAddedOneByOneAlsoInPlace) {
  for (const std::size_t length : lengths) {
    const auto vectors = difficult_vectors(length);
    const auto& values = vectors.front();
    const auto& more = vectors.back();
    std::vector<float> wanted(length);
    for (std::size_t i = 0; i < length; ++i) wanted[i] = values[i] + more[i];
    std::vector<float> out(length, 7.0f);
    add_values(values, more, out);
    ASSERT_TRUE(same_bits(out, wanted)) << length;
    auto in_place = values;
    add_values(in_place, more, in_place);
    ASSERT_TRUE(same_bits(in_place, wanted)) << length;
  }
}

}  // namespace
}  // namespace moshpit
