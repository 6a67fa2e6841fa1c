// How often a donor stands in the directory, by how many peers there are.
#include "train/donor.hpp"

#include <gtest/gtest.h>

#include "sim/world.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// Counts what is published, and is as large as it is told to be.
class CountingDirectory final : public Directory {
 public:
  explicit CountingDirectory(std::size_t peers) : peers_(peers) {}
  std::size_t published() const { return published_; }

  Task<std::vector<Record>> announce(DirectoryKey, Bytes, Duration) override {
    ++published_;
    co_return std::vector<Record>();
  }
  Task<> publish(DirectoryKey, Bytes, Duration) override {
    ++published_;
    co_return;
  }
  std::size_t estimated_peers() const override { return peers_; }
  Task<std::vector<Record>> look_up(DirectoryKey) override { co_return std::vector<Record>(); }
  Task<std::vector<Record>> glance(DirectoryKey) override { co_return std::vector<Record>(); }
  std::unique_ptr<Watch> watch(DirectoryKey) override { return nullptr; }
  std::unique_ptr<Watch> attend(DirectoryKey, Bytes) override { return nullptr; }

 private:
  std::size_t peers_;
  std::size_t published_ = 0;
};

class OfferingPeer {
 public:
  OfferingPeer(sim::Host& host, std::size_t peers)
      : network_(host.loop(), host.transport(), host.credentials(), Membership{}),
        directory(peers),
        donor_(network_, directory, DirectoryKey{}) {
    donor_.offer(1, HashedState(std::vector<float>(10)));
  }

 private:
  Network network_;

 public:
  CountingDirectory directory;

 private:
  Donor donor_;
};

std::size_t published_in_a_thousand_renewals(std::size_t peers) {
  sim::World world(peers);
  sim::Host& host = world.add_host();
  const OfferingPeer& peer = host.start<OfferingPeer>(host, peers);
  world.run_until(world.now() + 20s * 999 + 1s);
  return peer.directory.published();
}

TEST(Donor, StandsAllTheTimeInASmallRunAndByLotInALargeOne) {
  EXPECT_EQ(published_in_a_thousand_renewals(1), 1000u);
  EXPECT_EQ(published_in_a_thousand_renewals(64), 1000u);
  EXPECT_NEAR(static_cast<double>(published_in_a_thousand_renewals(640)), 100, 30);
}

}  // namespace
}  // namespace moshpit
