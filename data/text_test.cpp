#include "data/text.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <zlib.h>

namespace moshpit {
namespace {

namespace fs = std::filesystem;

Text text_of(std::string_view lines) {
  Text text;
  add_lines(lines, text);
  return text;
}

TEST(Text, SentencesEndAtMarksAndLines) {
  EXPECT_EQ(text_of("One. Two! Three? Four"), (Text{{"One.", "Two!", "Three?", "Four"}}));
  EXPECT_EQ(text_of("\"Go!\" he said. (Or not.) \"Why?\" \"So.\""),
            (Text{{"\"Go!\" he said.", "(Or not.)", "\"Why?\"", "\"So.\""}}));
  EXPECT_EQ(text_of("It is 3.5 or e.g. less... Yes."),
            (Text{{"It is 3.5 or e.g. less...", "Yes."}}));
  EXPECT_EQ(text_of("a line\nanother line  \r\n"), (Text{{"a line", "another line"}}));
}

TEST(Text, BlankLinesSeparateDocuments) {
  EXPECT_EQ(text_of("\n\nA.\nB.\n \t\nC.\n\n"), (Text{{"A.", "B."}, {"C."}}));
  EXPECT_EQ(text_of(""), Text{});
  EXPECT_EQ(text_of("\n \n"), Text{});
}

class TextFiles : public testing::Test {
 protected:
  TextFiles() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(testing::TempDir()) / ("moshpit_text_" + std::string(test->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~TextFiles() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }
  void write_gzip(const std::string& name, const std::string& bytes) {
    const gzFile file = gzopen((folder_ / name).c_str(), "wb");
    gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
    gzclose(file);
  }
  void expect_error(const fs::path& path, const std::string& part, ErrorCode code) {
    const auto text = read_text(path);
    ASSERT_FALSE(text.ok());
    EXPECT_EQ(text.error().code(), code);
    EXPECT_NE(text.error().message().find(part), std::string::npos) << text.error().message();
  }

  fs::path folder_;
};

TEST_F(TextFiles, AFolderIsReadInTheOrderOfNames) {
  write("b.txt", "Third.");
  write_gzip("a.txt.gz", "First. Second.");
  write("notes.md", "Not this.");
  EXPECT_EQ(read_text(folder_).value(), (Text{{"First.", "Second."}, {"Third."}}));
  EXPECT_EQ(read_text(folder_ / "notes.md").value(), (Text{{"Not this."}}));
}

TEST_F(TextFiles, WhatIsNoTextIsRefused) {
  expect_error(folder_ / "nothing", "name a file of text", ErrorCode::io);
  expect_error(folder_, "holds neither", ErrorCode::io);
  write("empty.txt", "\n\n");
  expect_error(folder_, "no sentence", ErrorCode::bad_data);
  write("binary.txt", std::string("ab\0cd", 5));
  expect_error(folder_ / "binary.txt", "zero bytes", ErrorCode::bad_data);
}

TEST_F(TextFiles, DamagedCompressionIsASentence) {
  std::string plain;
  for (int i = 0; i < 2'000; ++i) plain += std::to_string(i * i) + " is a square.\n";
  write_gzip("whole.txt.gz", plain);
  std::ifstream file(folder_ / "whole.txt.gz", std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(file)), {});
  write("cut.txt.gz", whole.substr(0, whole.size() / 2));
  expect_error(folder_ / "cut.txt.gz", "cut short", ErrorCode::bad_data);
  std::string damaged = whole;
  damaged[whole.size() - 6] ^= 0x55;
  write("damaged.txt.gz", damaged);
  expect_error(folder_ / "damaged.txt.gz", "does not decompress", ErrorCode::bad_data);
}

}  // namespace
}  // namespace moshpit
