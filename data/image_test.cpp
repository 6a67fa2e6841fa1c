#include "data/image.hpp"

#include <algorithm>
#include <fstream>
#include <gtest/gtest.h>
#include <png.h>
#include <turbojpeg.h>

#include "base/random.hpp"
#include "data/image_folder.hpp"
#include "data/read.hpp"

namespace moshpit {
namespace {

namespace fs = std::filesystem;

using Bytes = std::vector<std::uint8_t>;

Bytes png_of(const Bytes& pixels, unsigned width, unsigned height, png_uint_32 format) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = width;
  image.height = height;
  image.format = format;
  png_alloc_size_t size = 0;
  EXPECT_TRUE(png_image_write_to_memory(&image, nullptr, &size, 0, pixels.data(), 0, nullptr));
  Bytes file(size);
  EXPECT_TRUE(png_image_write_to_memory(&image, file.data(), &size, 0, pixels.data(), 0, nullptr));
  file.resize(size);
  return file;
}

Bytes jpeg_of(const Bytes& pixels, int width, int height) {
  const tjhandle encoder = tjInitCompress();
  unsigned char* data = nullptr;
  unsigned long size = 0;
  EXPECT_EQ(tjCompress2(encoder, pixels.data(), width, 0, height, TJPF_RGB, &data, &size,
                        TJSAMP_444, 95, 0),
            0);
  Bytes file(data, data + size);
  tjFree(data);
  tjDestroy(encoder);
  return file;
}

// Every pixel of one colour.
Bytes plain(std::size_t count, Bytes colour) {
  Bytes pixels;
  for (std::size_t i = 0; i < count; ++i) {
    pixels.insert(pixels.end(), colour.begin(), colour.end());
  }
  return pixels;
}

void expect_near(const Bytes& found, const Bytes& expected, int tolerance) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], tolerance);
}

TEST(Image, PixelsBecomePlanes) {
  const Bytes file = png_of({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 2, 2, PNG_FORMAT_RGB);
  EXPECT_EQ(decode_image(file, {3, 2, 2}, "a.png").value(),
            (Bytes{1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12}));
}

TEST(Image, BothFormatsAndChannels) {
  const Bytes colour = plain(16 * 8, {200, 100, 50});
  Bytes planes(64, 200);
  planes.resize(128, 100);
  planes.resize(192, 50);
  expect_near(decode_image(png_of(colour, 16, 8, PNG_FORMAT_RGB), {3, 8, 8}, "a").value(), planes,
              0);
  expect_near(decode_image(jpeg_of(colour, 16, 8), {3, 8, 8}, "a").value(), planes, 3);
  // 0.299 red + 0.587 green + 0.114 blue, as JPEG has it.
  expect_near(decode_image(jpeg_of(colour, 16, 8), {1, 4, 4}, "a").value(), Bytes(16, 124), 3);
  const Bytes grey = png_of(plain(9, {77}), 3, 3, PNG_FORMAT_GRAY);
  expect_near(decode_image(grey, {1, 5, 5}, "a").value(), Bytes(25, 77), 0);
  expect_near(decode_image(grey, {3, 5, 5}, "a").value(), Bytes(75, 77), 0);
  const Bytes glass = png_of(plain(4, {255, 255, 255, 0}), 2, 2, PNG_FORMAT_RGBA);
  expect_near(decode_image(glass, {3, 2, 2}, "a").value(), Bytes(12, 0), 0);
}

// A row of 12 pixels, 4 high: its middle third is what a square shows.
TEST(Image, WhatStandsOutIsCutOff) {
  Bytes pixels;
  for (int row = 0; row < 4; ++row) {
    for (int column = 0; column < 12; ++column) {
      pixels.push_back(column >= 4 && column < 8 ? 250 : 10);
    }
  }
  const Bytes file = png_of(pixels, 12, 4, PNG_FORMAT_GRAY);
  EXPECT_EQ(decode_image(file, {1, 4, 4}, "a").value(), Bytes(16, 250));
}

// The mean stays, however much is shrunk: no pixel is skipped.
TEST(Image, ShrinkingKeepsTheMean) {
  Bytes pixels;
  for (int i = 0; i < 64 * 64; ++i) pixels.push_back(i % 2 == 0 ? 0 : 200);
  const Bytes file = png_of(pixels, 64, 64, PNG_FORMAT_GRAY);
  expect_near(decode_image(file, {1, 4, 4}, "a").value(), Bytes(16, 100), 3);
}

TEST(Image, NoDamageCrashes) {
  Random random(1);
  Bytes pixels;
  for (int i = 0; i < 20 * 12 * 3; ++i) pixels.push_back(static_cast<std::uint8_t>(random.next()));
  for (const Bytes& whole : {png_of(pixels, 20, 12, PNG_FORMAT_RGB), jpeg_of(pixels, 20, 12)}) {
    ASSERT_TRUE(decode_image(whole, {3, 8, 8}, "a").ok());
    for (std::size_t i = 0; i < whole.size(); ++i) {
      // An end that is missing altogether costs no pixel.
      const auto cut = decode_image(std::span(whole).first(i), {3, 8, 8}, "a");
      EXPECT_TRUE(i + 24 > whole.size() || !cut.ok()) << "cut after " << i;
      Bytes flipped = whole;
      flipped[i] = static_cast<std::uint8_t>(~flipped[i]);
      const auto result = decode_image(flipped, {3, 8, 8}, "a");
      EXPECT_TRUE(result.ok() || !result.error().message().empty());
    }
  }
}

TEST(Image, HugeClaimsAreRefused) {
  Bytes file = png_of(plain(4, {1}), 2, 2, PNG_FORMAT_GRAY);
  // The width and its checksum: 2^20 x 2^20 pixels of one byte.
  const Bytes header{0, 0x10, 0, 0, 0, 0x10, 0, 0, 8, 0, 0, 0, 0};
  std::copy(header.begin(), header.end(), file.begin() + 16);
  const auto result = decode_image(file, {1, 2, 2}, "huge.png");
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.error().message().find("huge.png"), std::string::npos);
}

class ImageFolder : public testing::Test {
 protected:
  ImageFolder() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(testing::TempDir()) / ("moshpit_images_" + std::string(test->name()));
    fs::remove_all(folder_);
    write("train/cat/2.png", 20);
    write("train/cat/1.PNG", 10);
    write("train/dog/1.png", 30);
    write("val/dog/9.png", 40);
  }
  ~ImageFolder() override { fs::remove_all(folder_); }

  void write(const std::string& name, std::uint8_t grey) {
    const Bytes file = png_of(plain(4, {grey}), 2, 2, PNG_FORMAT_GRAY);
    write_bytes(name, {file.begin(), file.end()});
  }
  void write_bytes(const std::string& name, const std::string& bytes) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }
  void expect_error(const std::string& part) {
    const auto data = read_image_folder(folder_, {1, 2, 2});
    ASSERT_FALSE(data.ok());
    EXPECT_NE(data.error().message().find(part), std::string::npos) << data.error().message();
  }

  fs::path folder_;
};

TEST_F(ImageFolder, ClassesAndPicturesInTheOrderOfNames) {
  write_bytes("train/cat/notes.txt", "not a picture");
  const Dataset data = read_image_folder(folder_, {1, 1, 1}).value();
  EXPECT_EQ(data.classes, 2u);
  EXPECT_EQ(data.train.images, (Bytes{10, 20, 30}));
  EXPECT_EQ(data.train.labels, (std::vector<Label>{0, 0, 1}));
  EXPECT_EQ(data.test.images, Bytes{40});
  EXPECT_EQ(data.test.labels, std::vector<Label>{1});
}

TEST_F(ImageFolder, IsToldFromOtherFormats) {
  EXPECT_EQ(read_dataset(folder_, {1, 1, 1}).value().train.images, (Bytes{10, 20, 30}));
  fs::remove_all(folder_ / "train");
  EXPECT_NE(read_dataset(folder_).error().message().find("IDX"), std::string::npos);
  write_bytes("data_batch_1.bin", std::string(3073, '\1'));
  EXPECT_NE(read_dataset(folder_).error().message().find("test_batch.bin"), std::string::npos);
}

TEST_F(ImageFolder, FaultsAreSentences) {
  write_bytes("val/dog/broken.jpg", "\xff\xd8\xff nothing");
  expect_error("broken.jpg is a damaged JPEG");
  write_bytes("val/dog/broken.jpg", "GIF89a");
  expect_error("neither JPEG nor PNG");
  fs::remove(folder_ / "val/dog/broken.jpg");
  write("val/bird/1.png", 1);
  expect_error("is a class that the training pictures lack");
  fs::remove_all(folder_ / "val");
  expect_error("cannot be read");
  fs::create_directories(folder_ / "val/dog");
  expect_error("holds no pictures");
}

}  // namespace
}  // namespace moshpit
