#include "app/experiment/albert_report.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace moshpit {
namespace {

using namespace std::chrono_literals;

LossCurve line(double seconds, double dollars, double last_loss) {
  return {{0, 0, 0, 0, 8}, {100, 6400, seconds, dollars, last_loss}};
}

AlbertFindings some_findings() {
  Fleet fleet;
  fleet.machine = {2, 2, 10, 1e9, 20us};
  fleet.peers.assign(9, {"test", 1, 1, 1e6});
  fleet.between_preemptions = 60s;
  fleet.away = 10s;
  fleet.parameters = 1e5;
  fleet.charged_batch = 64;
  fleet.bytes_per_value = 2;
  Lesson lesson;
  lesson.batch = 64;
  lesson.steps = 100;
  AlbertOutcomes outcomes;
  outcomes.alone = {{0, 0, 0, 0, 8}, {80, 5120, 0, 0, 5}, {100, 6400, 0, 0, 4.5}};
  outcomes.overlapped.curve = line(640, 1, 5);
  outcomes.overlapped.samples = {7000, 6400, 500, 100};
  outcomes.waiting.curve = line(1000, 2, 5.5);
  outcomes.waiting.samples = {7000, 6400, 500, 100};
  outcomes.slower.curve = line(1280, 1, 5);
  outcomes.faster.curve = line(600, 1, 5.1);
  return find_out(outcomes, fleet, {}, lesson);
}

TEST(AlbertReport, TellsMachinesEverything) {
  const nlohmann::json report = albert_json(some_findings());
  EXPECT_NEAR(report.at("speedup"), 2, 0.01);
  EXPECT_NEAR(report.at("cost_ratio"), 10 * 1280.0 / 3600, 0.01);
  EXPECT_EQ(report.at("target_loss"), 5);
  ASSERT_EQ(report.at("methods").size(), 4u);
  EXPECT_TRUE(report["methods"][2].at("seconds_to_target").is_null());
  EXPECT_NEAR(report["methods"][1].at("seconds_to_target"), 640, 1e-9);
  ASSERT_EQ(report.at("other_speeds").size(), 2u);
  EXPECT_EQ(report["other_speeds"][0].at("speed"), 0.75);
  EXPECT_TRUE(report["other_speeds"][1].at("speedup").is_null());
  EXPECT_EQ(report.at("moshpit").at("samples_lost"), 500);
}

TEST(AlbertReport, TellsPeopleHowMuchSooner) {
  const std::string text = albert_text(some_findings());
  EXPECT_NE(text.find("2.00 times as soon as the machine"), std::string::npos) << text;
  EXPECT_NE(text.find("7.1 % of the samples were lost"), std::string::npos) << text;
  const std::string picture = albert_picture(some_findings(), "title");
  EXPECT_NE(picture.find("one machine"), std::string::npos);
  EXPECT_EQ(picture.find(" %</text>"), std::string::npos);
}

}  // namespace
}  // namespace moshpit
