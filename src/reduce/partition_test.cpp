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

void expect_partition(std::size_t chunks, const std::vector<bool>& owners) {
  const Partition partition(chunks, owners);
  std::size_t owner_count = 0;
  for (bool owner : owners) owner_count += owner ? 1 : 0;
  std::size_t next = 0;
  for (std::size_t member = 0; member < owners.size(); ++member) {
    const Slice& slice = partition.slice(member);
    EXPECT_EQ(slice.begin, next);
    next = slice.end;
    for (std::size_t chunk = slice.begin; chunk < slice.end; ++chunk) {
      EXPECT_EQ(partition.owner(chunk), member);
    }
    if (owner_count == 0) continue;
    EXPECT_TRUE(owners[member] || slice.size() == 0);
    EXPECT_LE(slice.size(), chunks / owner_count + 1);
    EXPECT_GE(slice.size(), owners[member] ? chunks / owner_count : 0);
  }
  EXPECT_EQ(next, chunks);
}

TEST(Partition, SplitsEvenlyAmongEveryChoiceOfOwners) {
  for (std::size_t members = 1; members <= 6; ++members) {
    for (unsigned mask = 0; mask < 1u << members; ++mask) {
      std::vector<bool> owners;
      for (std::size_t i = 0; i < members; ++i) owners.push_back((mask >> i & 1u) != 0);
      for (std::size_t chunks = 0; chunks < 20; ++chunks) expect_partition(chunks, owners);
    }
  }
}

TEST(Partition, SomebodyOwnsTheVectorIfNobodyCanBeReached) {
  const Partition partition(5, {false, false, false});
  EXPECT_EQ(partition.slice(0).size(), 5u);
  EXPECT_EQ(partition.owner(4), 0u);
}

}  // namespace
}  // namespace moshpit
