#include "directory/storage.hpp"

#include <algorithm>
#include <gtest/gtest.h>

#include "base/random.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;
using Outcome = Storage::Outcome;

template <class AnyId>
AnyId numbered(std::size_t number) {
  AnyId id;
  id.bytes[30] = static_cast<std::byte>(number >> 8);
  id.bytes[31] = static_cast<std::byte>(number);
  return id;
}

DirectoryKey key(std::size_t number) { return numbered<DirectoryKey>(number); }
PeerId peer(std::size_t number) { return numbered<PeerId>(number); }

// `claim` is what it says, and stands for the signed bytes too.
VerifiedRecord record(std::size_t at, std::size_t publisher, Version version, Duration remaining,
                      std::string_view claim = "claim") {
  RecordClaim read{key(at),          Contact{peer(publisher), {}},
                   to_bytes(claim),  version.incarnation,
                   version.sequence, remaining};
  return {Shared(std::move(read)), SignedRecord({to_bytes(claim), {}, {}}, remaining)};
}

struct StorageTest : testing::Test {
  Outcome keep(const VerifiedRecord& item) { return storage.keep(item, now, now + 30s); }
  std::size_t alive(std::size_t at) const { return storage.under(key(at), now).size(); }
  Storage storage;
  Time now{};
};

// All orders of four versions: in the end the greatest stands, and what is older never replaces
// what is newer.
TEST_F(StorageTest, TheGreatestVersionWinsInAnyOrder) {
  std::vector<Version> versions = {{0, 1}, {0, 2}, {1, 1}, {1, 2}};
  std::sort(versions.begin(), versions.end());
  std::size_t at = 0;
  do {
    ++at;
    Version greatest{};
    for (const Version& version : versions) {
      const Outcome expected = version > greatest ? Outcome::kept : Outcome::outdated;
      const char claim[] = {static_cast<char>(version.incarnation + '0'),
                            static_cast<char>(version.sequence + '0')};
      EXPECT_EQ(keep(record(at, 1, version, 60s, {claim, 2})), expected);
      greatest = std::max(greatest, version);
      ASSERT_EQ(alive(at), 1u);
      EXPECT_EQ(storage.under(key(at), now)[0].version(), greatest);
    }
  } while (std::next_permutation(versions.begin(), versions.end()));
  EXPECT_EQ(at, 24u);
}

TEST_F(StorageTest, RecordsComeInTheOrderOfPublishersWithWhatRemains) {
  keep(record(1, 9, {0, 1}, 60s));
  keep(record(1, 3, {0, 1}, 50s));
  now += 20s;
  const auto records = storage.under(key(1), now);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].publisher(), peer(3));
  EXPECT_EQ(records[0].origin.remaining, 30s);
  EXPECT_EQ(records[1].origin.remaining, 40s);
}

TEST_F(StorageTest, ALaterCopyOfTheSameVersionDoesNotProlongIt) {
  keep(record(1, 1, {0, 1}, 60s));
  now += 40s;
  EXPECT_EQ(keep(record(1, 1, {0, 1}, 60s)), Outcome::known);
  now += 20s;
  EXPECT_EQ(alive(1), 0u);
}

TEST_F(StorageTest, WhatExpiredIsNotBroughtBackByACopyUnderWay) {
  keep(record(1, 1, {0, 7}, 10s));
  now += 10s;
  storage.expire(now);
  EXPECT_EQ(alive(1), 0u);
  EXPECT_EQ(keep(record(1, 1, {0, 7}, 10s)), Outcome::outdated);
  EXPECT_EQ(keep(record(1, 1, {0, 6}, 10s)), Outcome::outdated);
  EXPECT_EQ(alive(1), 0u);
  EXPECT_EQ(keep(record(1, 1, {0, 8}, 10s)), Outcome::kept);
  EXPECT_EQ(alive(1), 1u);
  now += 2min;
  storage.expire(now);
  EXPECT_EQ(storage.size(), 0u);
  EXPECT_TRUE(storage.keys().empty());
}

// Watchers are told in time, and not of what they were told a moment ago.
TEST_F(StorageTest, ARenewalIsNewsOnceAThirdOfTheLifeIsOver) {
  keep(record(1, 1, {0, 1}, 30s, "here"));
  now += 9s;
  EXPECT_EQ(keep(record(1, 1, {0, 2}, 30s, "here")), Outcome::renewed);
  now += 10s;
  EXPECT_EQ(keep(record(1, 1, {0, 3}, 30s, "here")), Outcome::kept);
  EXPECT_EQ(keep(record(1, 1, {0, 4}, 30s, "there")), Outcome::kept);
}

TEST_F(StorageTest, NothingRemainsNothingIsKept) {
  EXPECT_EQ(keep(record(1, 1, {0, 1}, 0s)), Outcome::outdated);
  EXPECT_EQ(storage.size(), 0u);
}

TEST_F(StorageTest, TwoRecordsOfOneVersionTheFirstStands) {
  keep(record(1, 1, {0, 1}, 60s, "first"));
  EXPECT_EQ(keep(record(1, 1, {0, 1}, 60s, "second")), Outcome::outdated);
  EXPECT_EQ(storage.under(key(1), now)[0].origin.claim(), to_bytes("first"));
}

// A run of very many rounds goes on: what a publisher says newly displaces what ends first of it.
TEST_F(StorageTest, QuotaOfAPublisher) {
  constexpr std::size_t limit = records_per_publisher_limit;
  keep(record(0, 2, {0, 1}, 1s));
  for (std::size_t i = 0; i < limit; ++i) {
    EXPECT_EQ(keep(record(i, 1, {0, 1}, i % 2 == 0 ? 20s : 60s)), Outcome::kept);
  }
  EXPECT_EQ(keep(record(0, 1, {0, 2}, 20s)), Outcome::renewed);  // a newer version takes no room
  EXPECT_EQ(storage.size(), limit + 1);
  EXPECT_EQ(keep(record(60000, 1, {0, 1}, 20s)), Outcome::kept);
  EXPECT_EQ(storage.size(), limit / 2 + 2);
  EXPECT_EQ(alive(60000), 1u);
  EXPECT_EQ(alive(0), 1u) << "others are not concerned";
  for (std::size_t i = 1; i < limit; ++i) ASSERT_EQ(alive(i), i % 2) << i;
  for (std::size_t i = 0; i < 3 * limit; ++i) {
    ASSERT_EQ(keep(record(10000 + i, 1, {0, 1}, 20s)), Outcome::kept);
    ASSERT_LE(storage.size(), limit + 1);
  }
  now += 3min;
  storage.expire(now);
  EXPECT_EQ(storage.size(), 0u);
}

TEST_F(StorageTest, QuotaOfAKey) {
  for (std::size_t i = 0; i < records_per_key_limit; ++i) {
    EXPECT_EQ(keep(record(1, i, {0, 1}, 60s)), Outcome::kept);
  }
  EXPECT_EQ(keep(record(1, 60000, {0, 1}, 60s)), Outcome::refused);
  EXPECT_EQ(keep(record(2, 60000, {0, 1}, 60s)), Outcome::kept);
}

TEST_F(StorageTest, QuotaInTotal) {
  std::size_t kept = 0;
  for (std::size_t publisher = 0; publisher < 80; ++publisher) {
    for (std::size_t i = 0; i < records_per_publisher_limit; ++i) {
      kept += keep(record(i, publisher, {0, 1}, 60s)) == Outcome::kept;
    }
  }
  EXPECT_EQ(kept, 80 * records_per_publisher_limit) << "whoever has the most makes room";
  EXPECT_LE(storage.size(), records_limit);
}

// As each of them has next to nothing here, nobody has to make room.
TEST_F(StorageTest, QuotaInTotalOfVeryMany) {
  std::size_t kept = 0;
  for (std::size_t publisher = 0; publisher < records_limit + 100; ++publisher) {
    kept += keep(record(publisher, publisher, {0, 1}, 60s)) == Outcome::kept;
  }
  EXPECT_EQ(kept, records_limit);
  EXPECT_EQ(storage.size(), records_limit);
}

TEST_F(StorageTest, WatchersUntilTheirTimeIsOver) {
  EXPECT_TRUE(storage.watch(key(1), peer(5), now + 10s, now));
  EXPECT_TRUE(storage.watch(key(1), peer(2), now + 20s, now));
  EXPECT_EQ(storage.watchers(key(1), now), (std::vector{peer(2), peer(5)}));
  now += 10s;
  EXPECT_EQ(storage.watchers(key(1), now), std::vector{peer(2)});
  storage.stop_watching(peer(2));
  EXPECT_TRUE(storage.watchers(key(1), now).empty());
}

TEST_F(StorageTest, QuotasOfWatches) {
  for (std::size_t i = 0; i < watches_per_peer_limit; ++i) {
    EXPECT_TRUE(storage.watch(key(i), peer(1), now + (i % 2 == 0 ? 60s : 10s), now));
  }
  EXPECT_TRUE(storage.watch(key(0), peer(1), now + 60s, now));
  EXPECT_EQ(storage.watches(), watches_per_peer_limit);
  EXPECT_TRUE(storage.watch(key(60000), peer(1), now + 10s, now));
  EXPECT_EQ(storage.watches(), watches_per_peer_limit / 2 + 1);
  EXPECT_EQ(storage.watchers(key(2), now), std::vector{peer(1)}) << "those that end first go";
  EXPECT_TRUE(storage.watchers(key(3), now).empty());
  for (std::size_t i = 1; i <= watchers_per_key_limit; ++i) {
    EXPECT_EQ(storage.watch(key(60001), peer(i), now + 10s, now), true);
  }
  EXPECT_FALSE(storage.watch(key(60001), peer(60000), now + 10s, now));
}

TEST_F(StorageTest, AKeyIsDueWhenItsTimeComesAndWhileARecordLives) {
  keep(record(1, 1, {0, 1}, 60s));
  EXPECT_TRUE(storage.due(now).empty());
  now += 10s;
  keep(record(1, 2, {0, 1}, 60s));  // does not put it off
  storage.hand_on_before(key(1), now + 100s);
  now += 20s;
  EXPECT_EQ(storage.due(now), std::vector{key(1)});
  storage.hand_on_at(key(1), now + 5s);
  EXPECT_TRUE(storage.due(now).empty());
  now += 60s;
  EXPECT_TRUE(storage.due(now).empty());
}

// Random histories against the simplest description of what storage is: the greatest version ever
// offered, if it lives.
TEST_F(StorageTest, RandomHistoriesAgreeWithAPlainModel) {
  Random random(11);
  struct Expected {
    Version version;
    Time expires{};
  };
  std::map<std::pair<std::size_t, std::size_t>, Expected> model;
  for (int step = 0; step < 20000; ++step) {
    now += from_seconds(random.unit() * 0.2);
    storage.expire(now);
    std::erase_if(model, [&](const auto& item) { return item.second.expires + 60s <= now; });
    const std::size_t at = random.below(6);
    const std::size_t publisher = random.below(6);
    const Version version{random.below(2), random.below(1 + static_cast<std::uint64_t>(step) / 50)};
    const Duration remaining = from_seconds(1 + random.below(30));
    const auto standing = model.find({at, publisher});
    const bool newer = standing == model.end() || version > standing->second.version;
    const Outcome outcome = keep(record(at, publisher, version, remaining));
    EXPECT_EQ(outcome == Outcome::kept || outcome == Outcome::renewed, newer);
    if (newer) model[{at, publisher}] = Expected{version, now + remaining};
    std::size_t living = 0;
    for (const auto& [place, expected] : model) {
      living += place.first == at && expected.expires > now;
    }
    ASSERT_EQ(alive(at), living);
    ASSERT_EQ(storage.size(), model.size());
  }
}

}  // namespace
}  // namespace moshpit
