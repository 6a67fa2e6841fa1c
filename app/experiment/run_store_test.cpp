#include "app/experiment/run_store.hpp"

#include <fstream>
#include <gtest/gtest.h>

namespace moshpit {
namespace {

struct Folder {
  Folder() : path(std::filesystem::path(testing::TempDir()) / "moshpit-run-store") {
    std::filesystem::remove_all(path);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

TrainingResult some_result() {
  TrainingResult result;
  result.curve.points = {{100, 1.5, 0.25}, {200, 3.25, 0.5}};
  result.curve.own_accuracy = 0.49;
  result.charged_samples_per_second = 1234.5;
  result.tally = {1, 2.5, 3, 4, 5, 6};
  return result;
}

TEST(RunStore, KnowsAfterwardsWhatWasDone) {
  const Folder folder;
  RunStore::open(folder.path).value().add("one", some_result());
  const RunStore store = RunStore::open(folder.path).value();
  const auto found = store.find("one");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->curve.points.size(), 2u);
  EXPECT_EQ(found->curve.points[1].seconds, 3.25);
  EXPECT_EQ(found->curve.own_accuracy, 0.49);
  EXPECT_EQ(found->charged_samples_per_second, 1234.5);
  EXPECT_EQ(found->tally.rounds_failed, 6u);
  EXPECT_FALSE(store.find("two"));
}

TEST(RunStore, ALineThatIsCutOffIsNotThere) {
  const Folder folder;
  RunStore::open(folder.path).value().add("one", some_result());
  std::filesystem::resize_file(folder.path / "runs.jsonl",
                               std::filesystem::file_size(folder.path / "runs.jsonl") - 9);
  RunStore store = RunStore::open(folder.path).value();
  EXPECT_FALSE(store.find("one"));
  store.add("two", some_result());
  EXPECT_TRUE(RunStore::open(folder.path).value().find("two"));
}

TEST(RunStore, DoesNotKnowWhatAnotherProgramHasDone) {
  const Folder folder;
  std::filesystem::create_directories(folder.path);
  const auto one = folder.path / "one";
  const auto other = folder.path / "other";
  std::ofstream(one) << "code";
  std::ofstream(other) << "c0de";
  RunStore::open(folder.path, one).value().add("key", some_result());
  EXPECT_FALSE(RunStore::open(folder.path, other).value().find("key"));
  EXPECT_TRUE(RunStore::open(folder.path, one).value().find("key"));
  EXPECT_FALSE(RunStore::open(folder.path, folder.path / "no such file"));
}

TEST(RunStore, SaysWhereItCannotWrite) {
  const auto store = RunStore::open("/dev/null/nowhere");
  ASSERT_FALSE(store);
  EXPECT_NE(store.error().message().find("--results"), std::string::npos);
}

}  // namespace
}  // namespace moshpit
