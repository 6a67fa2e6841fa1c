#include "data/cifar.hpp"

#include <fstream>
#include <gtest/gtest.h>

namespace moshpit {
namespace {

namespace fs = std::filesystem;

std::string image(int label, char red, char green, char blue) {
  return std::string(1, static_cast<char>(label)) + std::string(1024, red) +
         std::string(1024, green) + std::string(1024, blue);
}

class Cifar : public testing::Test {
 protected:
  Cifar() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(testing::TempDir()) / ("moshpit_cifar_" + std::string(test->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    write("data_batch_1.bin", image(3, 'a', 'b', 'c') + image(9, 'd', 'e', 'f'));
    write("data_batch_2.bin", image(0, 'g', 'h', 'i'));
    write("test_batch.bin", image(1, 'x', 'y', 'z'));
  }
  ~Cifar() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }
  void expect_error(const std::string& part, ErrorCode code) {
    const auto data = read_cifar10(folder_);
    ASSERT_FALSE(data.ok());
    EXPECT_EQ(data.error().code(), code);
    EXPECT_NE(data.error().message().find(part), std::string::npos) << data.error().message();
  }

  fs::path folder_;
};

TEST_F(Cifar, ReadsPlanesAndLabels) {
  const Dataset data = read_cifar10(folder_).value();
  EXPECT_EQ(data.shape(), (ImageShape{3, 32, 32}));
  EXPECT_EQ(data.classes, 10u);
  EXPECT_EQ(data.train.labels, (std::vector<Label>{3, 9, 0}));
  EXPECT_EQ(data.test.labels, (std::vector<Label>{1}));
  ASSERT_EQ(data.train.images.size(), 3u * 3072);
  EXPECT_EQ(data.train.images[3072 + 1023], 'd');
  EXPECT_EQ(data.train.images[3072 + 1024], 'e');
  EXPECT_EQ(data.train.images[3072 + 3071], 'f');
}

TEST_F(Cifar, FaultsAreSentences) {
  write("data_batch_2.bin", image(10, 'a', 'b', 'c'));
  expect_error("gives image 0 the label 10", ErrorCode::bad_data);
  write("data_batch_2.bin", "");
  expect_error("ends after 0 images", ErrorCode::bad_data);
  fs::remove(folder_ / "data_batch_2.bin");
  fs::remove(folder_ / "test_batch.bin");
  expect_error("test_batch.bin cannot be read", ErrorCode::io);
  fs::remove_all(folder_);
  expect_error("data_batch_1.bin cannot be read", ErrorCode::io);
}

TEST_F(Cifar, WhateverIsCutOffIsMissed) {
  const std::string whole = image(3, 'a', 'b', 'c') + image(9, 'd', 'e', 'f');
  for (std::size_t size = 0; size < whole.size(); size += 97) {
    if (size % 3073 == 0 && size > 0) continue;
    write("data_batch_1.bin", whole.substr(0, size));
    expect_error("data_batch_1.bin ends after", ErrorCode::bad_data);
  }
}

}  // namespace
}  // namespace moshpit
