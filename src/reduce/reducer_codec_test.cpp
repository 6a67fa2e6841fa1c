// Rounds whose values travel rounded: within the codec's bound, the same bytes everywhere, and what
// was rounded off is not lost.
#include <gtest/gtest.h>

#include "reduce/chunk_values.hpp"
#include "reduce/round_table.hpp"

namespace moshpit {
namespace {

constexpr std::array lossy{Codec::fp16, Codec::bf16, Codec::int8};

std::vector<Member> ordinary_members(std::size_t count, std::size_t elements, Random& random) {
  std::vector<Member> members;
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<float> values(elements);
    for (float& value : values) value = static_cast<float>(2 * random.unit() - 1);
    members.emplace_back(std::move(values), 0.5 + random.unit());
  }
  return members;
}

// Of weight * (value + residual), over all members.
std::vector<double> mass_of(const std::vector<Member>& members) {
  std::vector<double> mass(members.front().values.size());
  const ChunkLayout layout(mass.size());
  for (const Member& member : members) {
    for (std::size_t chunk = 0; chunk < layout.count(); ++chunk) {
      for (std::size_t i = layout.begin(chunk); i < layout.end(chunk); ++i) {
        mass[i] += member.weights[chunk] * member.contribution(i);
      }
    }
  }
  return mass;
}

std::vector<Member> results_of(const RoundTable& table) {
  std::vector<Member> results;
  for (std::size_t i = 0; i < table.members.size(); ++i) results.push_back(table.result(i));
  return results;
}

TEST(ReducerCodec, EveryCodecKeepsItsBoundAndGivesEverybodyTheSame) {
  Random random(5);
  for (const Codec codec : {Codec::fp32, Codec::fp16, Codec::bf16, Codec::int8}) {
    for (std::size_t count = 2; count <= 6; ++count) {
      RoundTable table(ordinary_members(count, 3000, random), std::vector<bool>(count, true), 1e6,
                       codec);
      table.run(random);
      for (std::size_t i = 0; i < count; ++i) ASSERT_TRUE(table[i].finished());
      judge(table);
      if (testing::Test::HasFatalFailure()) FAIL() << name_of(codec);
    }
  }
}

TEST(ReducerCodec, FramesAreAsShortAsTheCodecSays) {
  Random random(6);
  std::array<std::uint64_t, 4> bytes{};
  for (const Codec codec : {Codec::fp32, Codec::fp16, Codec::bf16, Codec::int8}) {
    RoundTable table(ordinary_members(4, 1 << 16, random), std::vector<bool>(4, true), 1e6, codec);
    table.run(random);
    const std::size_t headers =
        ChunkLayout(1 << 16).count() * (contribution_header_size + result_header_size);
    std::uint64_t values = 0;
    const ChunkLayout layout(1 << 16);
    for (std::size_t chunk = 0; chunk < layout.count(); ++chunk) {
      values += 2 * encoded_size(codec, layout.size(chunk));
    }
    for (std::size_t i = 0; i < 4; ++i) {
      bytes[static_cast<std::size_t>(codec)] += table[i].counters().bytes_sent;
    }
    EXPECT_EQ(bytes[static_cast<std::size_t>(codec)], 3 * (values + headers));
  }
  EXPECT_LT(bytes[1], 0.52 * static_cast<double>(bytes[0]));
  EXPECT_EQ(bytes[1], bytes[2]);
  EXPECT_LT(bytes[3], 0.28 * static_cast<double>(bytes[0]));
}

TEST(ReducerCodec, WhatIsNotFiniteIsRefusedWithEveryCodec) {
  for (const Codec codec : {Codec::fp32, Codec::fp16, Codec::bf16, Codec::int8}) {
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), -INFINITY}) {
      Random random(10);
      auto members = ordinary_members(3, 2000, random);
      for (float& value : members[1].values) value = bad;
      RoundTable table(members, std::vector<bool>(3, true), 1e6, codec);
      table.finish(random);
      for (const std::size_t member : {0u, 2u}) {
        ASSERT_TRUE(table[member].finished()) << name_of(codec);
        ASSERT_EQ(table[member].losses().size(), 1u);
        EXPECT_EQ(table[member].losses()[0].reason, LossReason::refused);
        for (const float value : table.result(member).values) ASSERT_TRUE(std::isfinite(value));
      }
    }
  }
}

// A foreign result of hardly any weight: what is owed stays finite, and so does what comes next.
TEST(ReducerCodec, AnAbsurdWeightOfAResultOwesNothingAbsurd) {
  Random random(11);
  for (const Codec codec : lossy) {
    auto members = ordinary_members(2, 1, random);
    for (Member& member : members) member.residuals.resize(1);
    RoundTable table(members, std::vector<bool>{true, false}, 1e6, codec);
    ChunkHeader header;
    header.kind = ChunkKind::result;
    header.codec = codec;
    header.round = table_round();
    header.weight = 1e-300;
    header.contributors = MemberSet(0b11);
    table[1].receive(0, encode_chunk(header, std::vector{0.5f}), table.now);
    ASSERT_TRUE(table[1].finished()) << name_of(codec);
    const float owed = table.result(1).residuals[0];
    EXPECT_TRUE(std::isfinite(owed)) << name_of(codec);
    EXPECT_LE(std::fabs(owed), 3 * encoding_error(codec, 1, 1)) << name_of(codec);
  }
}

// Rounds one after the other: what every member is owed is in its residuals.
TEST(ReducerCodec, WhatIsRoundedOffStaysInTheSumOfAll) {
  Random random(7);
  for (const Codec codec : lossy) {
    auto members = ordinary_members(4, 2000, random);
    for (Member& member : members) member.residuals.resize(2000);
    const auto before = mass_of(members);
    for (int round = 0; round < 8; ++round) {
      RoundTable table(members, std::vector<bool>(4, true), 1e6, codec);
      table.run(random);
      judge(table);
      members = results_of(table);
      const auto after = mass_of(members);
      for (std::size_t i = 0; i < after.size(); ++i) ASSERT_NEAR(after[i], before[i], 1e-5);
    }
    double owed = 0;
    for (const Member& member : members) {
      for (const float residual : member.residuals)
        owed = std::max(owed, std::fabs(0.0 + residual));
    }
    EXPECT_GT(owed, 0) << name_of(codec) << " rounds nothing off";
    EXPECT_LT(owed, 8 * encoding_error(codec, 1, 1)) << "and it does not pile up";
  }
}

// The mean over many rounds comes closer to the truth than any one round could.
TEST(ReducerCodec, ErrorFeedbackMakesTheMeanOfManyRoundsExact) {
  Random random(8);
  const auto gradients = ordinary_members(4, 512, random);
  for (const Codec codec : lossy) {
    std::vector<double> sums(512);
    auto members = gradients;
    for (Member& member : members) member.residuals.resize(512);
    constexpr int rounds = 200;
    for (int round = 0; round < rounds; ++round) {
      RoundTable table(members, std::vector<bool>(4, true), 1e6, codec);
      table.run(random);
      const auto results = results_of(table);
      for (std::size_t i = 0; i < 512; ++i) sums[i] += results[0].values[i] / rounds;
      for (std::size_t i = 0; i < 4; ++i) {
        // The same gradients again, as heavy as they were.
        const double share = results[i].weights[0] / gradients[i].weights[0];
        members[i] = gradients[i];
        members[i].residuals = results[i].residuals;
        for (float& residual : members[i].residuals) residual *= static_cast<float>(share);
      }
    }
    double weight = 0;
    for (const Member& member : gradients) weight += member.weights[0];
    const auto mass = mass_of(gradients);
    for (std::size_t i = 0; i < 512; ++i) {
      ASSERT_NEAR(sums[i], mass[i] / weight, encoding_error(codec, 1, 1) / 20) << name_of(codec);
    }
  }
}

}  // namespace
}  // namespace moshpit
