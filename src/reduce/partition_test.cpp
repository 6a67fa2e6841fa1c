#include "reduce/partition.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace moshpit {
namespace {

void expect_cover(const ChunkLayout& layout) {
  std::size_t next = 0;
  for (std::size_t chunk = 0; chunk < layout.count(); ++chunk) {
    EXPECT_EQ(layout.begin(chunk), next);
    EXPECT_GT(layout.size(chunk), 0u);
    EXPECT_LE(layout.size(chunk), layout.chunk_elements());
    next = layout.end(chunk);
  }
  EXPECT_EQ(next, layout.elements());
}

TEST(ChunkLayout, CoversEveryElementOnce) {
  for (std::size_t elements = 0; elements < 3000; ++elements) expect_cover(ChunkLayout(elements));
  for (std::size_t elements : {16384u * 64, 16384u * 64 + 1, 16384u * 200 - 1, 25'000'000u}) {
    expect_cover(ChunkLayout(elements));
  }
}

TEST(ChunkLayout, ChunksAreNeitherTinyNorHuge) {
  EXPECT_EQ(ChunkLayout(0).count(), 0u);
  EXPECT_EQ(ChunkLayout(1).count(), 1u);
  EXPECT_EQ(ChunkLayout(1000).chunk_elements(), 256u);
  EXPECT_EQ(ChunkLayout(64 * 1000).chunk_elements(), 1000u);
  EXPECT_EQ(ChunkLayout(64 * 1000 + 1).chunk_elements(), 1001u);
  EXPECT_EQ(ChunkLayout(100'000'000).chunk_elements(), 16384u);
}

void expect_partition(std::size_t chunks, const std::vector<double>& shares) {
  const Partition partition(chunks, shares);
  std::size_t next = 0;
  for (std::size_t member = 0; member < shares.size(); ++member) {
    const Slice& slice = partition.slice(member);
    EXPECT_EQ(slice.begin, next);
    next = slice.end;
    for (std::size_t chunk = slice.begin; chunk < slice.end; ++chunk) {
      EXPECT_EQ(partition.owner(chunk), member);
    }
    const double wanted = shares[member] * static_cast<double>(chunks);
    EXPECT_NEAR(static_cast<double>(slice.size()), wanted, 1 + 1e-5);
    EXPECT_TRUE(shares[member] > 0 || slice.size() == 0);
  }
  EXPECT_EQ(next, chunks);
}

TEST(Partition, FollowsTheShares) {
  Random random(1);
  for (std::size_t round = 0; round < 20'000; ++round) {
    std::vector<double> shares(1 + random.below(256));
    for (double& share : shares) share = random.chance(0.3) ? 0 : random.unit();
    shares[random.below(shares.size())] = 0.5;
    double sum = 0;
    for (const double share : shares) sum += share;
    for (double& share : shares) share /= sum;
    expect_partition(random.below(2000), shares);
  }
}

TEST(Partition, EqualSharesDifferByAChunkAtMost) {
  for (std::size_t members = 1; members <= 256; ++members) {
    const std::vector<double> shares(members, 1 / static_cast<double>(members));
    for (std::size_t chunks = 0; chunks < 300; chunks += 7) {
      const Partition partition(chunks, shares);
      for (std::size_t member = 0; member < members; ++member) {
        EXPECT_GE(partition.slice(member).size(), chunks / members);
        EXPECT_LE(partition.slice(member).size(), chunks / members + 1);
      }
    }
  }
}

}  // namespace
}  // namespace moshpit
