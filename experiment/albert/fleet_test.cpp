#include "experiment/albert/fleet.hpp"

#include <algorithm>
#include <gtest/gtest.h>

#include "experiment/albert/absences.hpp"
#include "experiment/albert/albert_test_fleet.hpp"
#include "experiment/training/cluster.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

TEST(Fleet, IsThePapers) {
  const Fleet fleet = read_fleet(devices_text()).value();
  EXPECT_EQ(fleet.machine.devices, 8u);
  ASSERT_EQ(fleet.peers.size(), 66u);
  const auto is_cloud = [](const FleetPeer& peer) { return peer.type == "t4"; };
  EXPECT_EQ(std::ranges::count_if(fleet.peers, is_cloud), 32);
  const auto [slowest, fastest] =
      std::ranges::minmax_element(fleet.peers, {}, &FleetPeer::bytes_per_second);
  EXPECT_NEAR(slowest->bytes_per_second, 12.5e6, 1);
  EXPECT_NEAR(fastest->bytes_per_second, 187.5e6, 1);
  EXPECT_NEAR(fleet.gradient_bytes(), 36e6, 1);
  EXPECT_NEAR(with_peer_speed(fleet, 0.75).peers_samples_per_second(),
              0.75 * fleet.peers_samples_per_second(), 1e-6);
}

TEST(Fleet, SaysWhatIsMissing) {
  const auto fleet = read_fleet("[albert_machine]\ndevices = { v100 = 8 }\n");
  ASSERT_FALSE(fleet);
  EXPECT_NE(fleet.error().message().find("albert_device.v100"), std::string::npos);
  EXPECT_FALSE(read_fleet("["));
}

TEST(Absences, ComeAndGoAsOftenAsTheFleetSays) {
  const Fleet fleet = small_fleet(50);
  const auto absences = draw_absences(fleet, 1h, 1);
  // Each peer is taken once in 70 s.
  EXPECT_NEAR(static_cast<double>(absences.size()), 50 * 3600.0 / 70, 150);
  EXPECT_TRUE(std::ranges::is_sorted(absences, {}, &Absence::from));
  const double all = fleet.peers_dollars_per_hour();
  EXPECT_NEAR(dollars_until(fleet, absences, 3600), all * 60 / 70, 0.03 * all);
  EXPECT_NEAR(dollars_until(fleet, {}, 1800), all / 2, 1e-9);
  EXPECT_NEAR(dollars_until(fleet, {{0, 10s, 20s}}, 15), (all * 15 - 5) / 3600, 1e-9);
}

}  // namespace
}  // namespace moshpit
