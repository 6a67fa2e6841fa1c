#include "app/experiment/keyed_lines.hpp"

#include <gtest/gtest.h>

namespace moshpit {
namespace {

struct Folder {
  Folder() : path(std::filesystem::path(testing::TempDir()) / "moshpit-keyed-lines") {
    std::filesystem::remove_all(path);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

TEST(KeyedLines, KnowAfterwardsWhatWasDone) {
  const Folder folder;
  KeyedLines::open(folder.path).value().add("one", {{"loss", 4.25}});
  const KeyedLines lines = KeyedLines::open(folder.path).value();
  const auto found = lines.find("one");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->at("loss"), 4.25);
  EXPECT_FALSE(lines.find("two"));
}

TEST(KeyedLines, OneThatIsCutOffIsNotThere) {
  const Folder folder;
  KeyedLines::open(folder.path).value().add("one", {{"loss", 4.25}});
  const auto file = folder.path / "runs.jsonl";
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 4);
  KeyedLines lines = KeyedLines::open(folder.path).value();
  EXPECT_FALSE(lines.find("one"));
  lines.add("two", 2);
  EXPECT_TRUE(KeyedLines::open(folder.path).value().find("two"));
}

TEST(KeyedLines, SayWhereTheyCannotBeWritten) {
  const auto lines = KeyedLines::open("/dev/null/nowhere");
  ASSERT_FALSE(lines);
  EXPECT_NE(lines.error().message().find("--results"), std::string::npos);
}

}  // namespace
}  // namespace moshpit
