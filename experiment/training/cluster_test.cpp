#include "experiment/training/cluster.hpp"

#include <gtest/gtest.h>
#include <string>

#include "experiment/training/timeline.hpp"
#include "experiment/training/wires.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

std::string replaced(const std::string& what, const std::string& by) {
  std::string text(devices_text());
  return text.replace(text.find(what), what.size(), by);
}

TEST(Cluster, TheFileHasThePapersTwo) {
  const auto homogeneous = read_cluster(devices_text(), "homogeneous");
  ASSERT_TRUE(homogeneous);
  EXPECT_EQ(homogeneous->devices.size(), 16u);
  const auto heterogeneous = read_cluster(devices_text(), "heterogeneous");
  ASSERT_TRUE(heterogeneous);
  EXPECT_EQ(heterogeneous->devices.size(), 81u);
  EXPECT_EQ(heterogeneous->samples_per_second(), 4 * 405 + 41 * 209 + 16 * 189 + 20 * 111);
  EXPECT_NEAR(heterogeneous->vector_bytes, 102.2e6, 0.1e6);
  EXPECT_NEAR(seconds(homogeneous->step_time(0)), 256.0 / 405, 1e-9);
  EXPECT_NEAR(seconds(with_speed(*homogeneous, 1.25).step_time(0)), 256.0 / 405 / 1.25, 1e-9);
}

TEST(Cluster, SaysWhatIsWrongWithAFile) {
  const auto message = [](const std::string& text, const char* name = "homogeneous") {
    const auto cluster = read_cluster(text, name);
    return cluster ? std::string() : cluster.error().message();
  };
  EXPECT_NE(message(std::string(devices_text()), "moon").find("'moon'"), std::string::npos);
  EXPECT_NE(message("= 1").find("no TOML"), std::string::npos);
  EXPECT_NE(message(replaced("samples_per_second = 405", "samples_per_second = 0"))
                .find("'device.v100.samples_per_second'"),
            std::string::npos);
  EXPECT_NE(message(replaced("[1, 6]", "[6, 1]")).find("latencies"), std::string::npos);
}

TEST(Timeline, KeepsTheOrderOfEqualTimes) {
  Timeline timeline;
  std::string order;
  timeline.after(2s, [&] { order += 'c'; });
  timeline.after(1s, [&] {
    order += 'a';
    timeline.after(1s, [&] { order += 'd'; });
  });
  timeline.after(1s, [&] { order += 'b'; });
  timeline.run();
  EXPECT_EQ(order, "abcd");
  EXPECT_EQ(timeline.now(), Time{} + 2s);
}

TEST(Wires, TransfersThatShareAWireTakeTurns) {
  Cluster cluster;
  cluster.devices.resize(3);
  cluster.bytes_per_second = 100;
  cluster.latency_min = cluster.latency_max = 10ms;
  cluster.vector_bytes = 100;
  Timeline timeline;
  Wires wires(cluster, timeline, Random(1));
  std::vector<Duration> there(4);
  const auto send = [&](std::size_t from, std::size_t to, std::size_t which) {
    wires.send(from, to, [&, which] { there[which] = timeline.now() - Time{}; });
  };
  send(0, 1, 0);
  send(0, 2, 1);  // after the first on 0's wire
  send(2, 1, 2);  // after the first on 1's wire
  send(1, 0, 3);  // the other directions are free
  timeline.run();
  EXPECT_EQ(there, (std::vector<Duration>{1010ms, 2010ms, 2010ms, 1010ms}));
}

}  // namespace
}  // namespace moshpit
