#include "data/idx.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <string>
#include <zlib.h>

#include "base/random.hpp"

namespace moshpit {
namespace {

std::string big_endian(std::uint32_t number) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 255);
  return out;
}

std::string images(std::uint32_t count, std::uint32_t rows, std::uint32_t columns,
                   const std::string& pixels) {
  return big_endian(0x803) + big_endian(count) + big_endian(rows) + big_endian(columns) + pixels;
}

std::string labels(std::uint32_t count, const std::string& values) {
  return big_endian(0x801) + big_endian(count) + values;
}

std::string gzip(const std::string& plain) {
  z_stream stream{};
  // 15 + 16: the usual window, in the gzip format.
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, plain.size()) + 32, '\0');
  std::string input = plain;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

const std::string train_images = "train-images-idx3-ubyte";
const std::string train_labels = "train-labels-idx1-ubyte";
const std::string test_images = "t10k-images-idx3-ubyte";
const std::string test_labels = "t10k-labels-idx1-ubyte";

// A folder with a correct tiny data set, of which each test spoils one file.
class Idx : public testing::Test {
 protected:
  Idx() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ =
        std::filesystem::path(testing::TempDir()) / ("moshpit_idx_" + std::string(test->name()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    write(train_images, images(3, 2, 2, "abcdefghijkl"));
    write(train_labels, labels(3, std::string("\0\x05\x09", 3)));
    write(test_images + ".gz", gzip(images(1, 2, 2, "wxyz")));
    write(test_labels + ".gz", gzip(labels(1, "\x01")));
  }
  ~Idx() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }
  void remove(const std::string& name) { std::filesystem::remove(folder_ / name); }

  // One sentence that names the file, says what is wrong, and what to do.
  void expect_error(const std::string& name, const std::string& part,
                    ErrorCode code = ErrorCode::bad_data) {
    const auto result = read_idx(folder_);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code(), code);
    const std::string& sentence = result.error().message();
    EXPECT_NE(sentence.find(name), std::string::npos) << sentence;
    EXPECT_NE(sentence.find(part), std::string::npos) << sentence;
    EXPECT_EQ(sentence.find('\n'), std::string::npos) << sentence;
  }

  std::filesystem::path folder_;
};

TEST_F(Idx, ReadsPlainAndCompressedFiles) {
  const auto result = read_idx(folder_);
  ASSERT_TRUE(result.ok()) << result.error().message();
  EXPECT_EQ(result->shape(), (ImageShape{1, 2, 2}));
  EXPECT_EQ(result->classes, 10u);
  EXPECT_EQ(result->train.size(), 3u);
  EXPECT_EQ(result->train.images[11], 'l');
  EXPECT_EQ(result->train.labels, (std::vector<Label>{0, 5, 9}));
  EXPECT_EQ(result->test.images, (std::vector<std::uint8_t>{'w', 'x', 'y', 'z'}));
  EXPECT_EQ(result->test.labels, (std::vector<Label>{1}));
}

TEST_F(Idx, ContentDecidesWhatIsCompressed) {
  write(train_images, gzip(images(3, 2, 2, "abcdefghijkl")));
  remove(test_labels + ".gz");
  write(test_labels + ".gz", labels(1, "\x01"));
  EXPECT_TRUE(read_idx(folder_).ok());
}

TEST_F(Idx, MissingFile) {
  remove(test_labels + ".gz");
  expect_error(test_labels, "name the folder", ErrorCode::io);
}

TEST_F(Idx, MissingFolder) {
  std::filesystem::remove_all(folder_);
  expect_error(folder_.string(), "neither", ErrorCode::io);
}

TEST_F(Idx, FolderWhereAFileShouldBe) {
  remove(train_labels);
  std::filesystem::create_directories(folder_ / train_labels);
  expect_error(train_labels, "neither", ErrorCode::io);
}

TEST_F(Idx, EmptyFile) {
  write(train_images, "");
  expect_error(train_images, "after 0 of 16 bytes");
}

TEST_F(Idx, CutInsideTheHeader) {
  write(train_images, images(3, 2, 2, "").substr(0, 10));
  expect_error(train_images, "after 10 of 16 bytes");
}

TEST_F(Idx, CutInsideTheContent) {
  write(train_images, images(3, 2, 2, "abcdefghijk"));
  expect_error(train_images, "is cut short: 11 of 12 bytes");
}

TEST_F(Idx, MoreThanDeclared) {
  write(train_images, images(3, 2, 2, "abcdefghijklm"));
  expect_error(train_images, "goes on after its last item");
}

TEST_F(Idx, WrongMagic) {
  write(train_images, labels(12, "abcdefghijkl"));
  expect_error(train_images, "begins with 0x00000801 and not with 0x00000803");
}

TEST_F(Idx, CountsThatDiffer) {
  write(train_labels, labels(2, "\x01\x02"));
  expect_error(train_labels, "they are not of one data set");
}

TEST_F(Idx, SizesThatDiffer) {
  write(test_images + ".gz", gzip(images(1, 1, 2, "wx")));
  expect_error(folder_.string(), "training images of 2 x 2 pixels and test images of 1 x 2");
}

TEST_F(Idx, NoItems) {
  write(train_labels, labels(0, ""));
  expect_error(train_labels, "is empty");
}

TEST_F(Idx, LabelOutOfRange) {
  write(train_labels, labels(3, "\x01\x0a\x02"));
  expect_error(train_labels, "gives item 1 the label 10, and labels are 0 to 9");
}

TEST_F(Idx, SizesThatNoFileHas) {
  write(train_images, images(3, 0xffffffff, 0xffffffff, "abc"));
  expect_error(train_images, "claims images of 4294967295 x 4294967295 pixels");
  write(train_images, images(3, 0, 2, "abc"));
  expect_error(train_images, "claims images of 0 x 2 pixels");
}

TEST_F(Idx, HugeClaims) {
  write(train_images, images(0xffffffff, 1024, 1024, "abc"));
  expect_error(train_images, "more than its 19 bytes can hold");
  write(train_images, gzip(images(0xffffffff, 1024, 1024, "abc")));
  expect_error(train_images, "bytes can hold");
  // Long enough for its claim by compression, and still refused: 1.25 GB.
  write(train_images, gzip(images(1280, 1024, 1000, "")) + std::string(2'000'000, 'x'));
  expect_error(train_images, "at most 1073741824 are accepted");
}

TEST_F(Idx, DamagedCompression) {
  std::string pixels(5'000, 'a');
  Random random(1);
  for (char& pixel : pixels) pixel = static_cast<char>(random.below(64));
  const std::string whole = gzip(images(1250, 2, 2, pixels));
  std::string damaged = whole;
  damaged[damaged.size() - 6] ^= 0x55;  // its checksum
  write(train_images, damaged);
  expect_error(train_images, "does not decompress");
  write(train_images, whole.substr(0, whole.size() / 2));
  expect_error(train_images, "cut short");
  write(train_images, whole.substr(0, whole.size() - 3));
  expect_error(train_images, "checksum is missing");
}

// Whatever is cut off or flipped, the answer is a value or a sentence.
TEST_F(Idx, NoDamageCrashes) {
  const std::string packed = gzip(images(3, 2, 2, "abcdefghijkl"));
  const std::string plain = images(3, 2, 2, "abcdefghijkl");
  for (const std::string& whole : {packed, plain}) {
    for (std::size_t i = 0; i < whole.size(); ++i) {
      write(train_images, whole.substr(0, i));
      EXPECT_FALSE(read_idx(folder_).ok()) << "cut after " << i;
      std::string flipped = whole;
      flipped[i] = static_cast<char>(~flipped[i]);
      write(train_images, flipped);
      const auto result = read_idx(folder_);
      EXPECT_TRUE(result.ok() || !result.error().message().empty());
    }
  }
}

}  // namespace
}  // namespace moshpit
