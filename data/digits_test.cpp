#include "data/digits.hpp"

#include <array>
#include <gtest/gtest.h>

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "moshpit/ids.hpp"

namespace moshpit {
namespace {

std::string fingerprint(const Examples& examples) {
  Hasher hasher;
  hasher.add(std::as_bytes(std::span(examples.images)));
  const std::vector<std::uint8_t> labels(examples.labels.begin(), examples.labels.end());
  hasher.add(std::as_bytes(std::span(labels)));
  return Id<struct PixelsTag>{hasher.digest()}.brief();
}

TEST(Digits, SameSeedSamePixelsWithEveryCompiler) {
  const Dataset digits = draw_digits({.train = 200, .test = 100, .seed = 1});
  EXPECT_EQ(fingerprint(digits.train), "a5fbc388");
  EXPECT_EQ(fingerprint(digits.test), "667fe341");
}

TEST(Digits, SeedsAndPartsDiffer) {
  const Dataset one = draw_digits({.train = 100, .test = 100, .seed = 1});
  const Dataset two = draw_digits({.train = 100, .test = 100, .seed = 2});
  EXPECT_NE(one.train.images, two.train.images);
  EXPECT_NE(one.train.images, one.test.images);
}

TEST(Digits, TestSetDoesNotDependOnTheSizeOfTheTrainingSet) {
  const Dataset few = draw_digits({.train = 10, .test = 50, .seed = 1});
  const Dataset many = draw_digits({.train = 300, .test = 50, .seed = 1});
  EXPECT_EQ(few.test.images, many.test.images);
}

TEST(Digits, ClassesAreBalancedAndEveryImageHasInk) {
  const Dataset digits = draw_digits({.train = 1'000, .test = 0, .seed = 1});
  ASSERT_EQ(digits.pixels(), 784u);
  ASSERT_EQ(digits.train.images.size(), 784'000u);
  std::array<int, 10> counts{};
  for (std::size_t i = 0; i < digits.train.size(); ++i) {
    counts.at(digits.train.labels[i]) += 1;
    const auto image = std::span(digits.train.images).subspan(i * 784, 784);
    int dark = 0;
    for (std::uint8_t pixel : image) dark += pixel > 100;
    EXPECT_GT(dark, 10) << "image " << i;
    EXPECT_LT(dark, 392) << "image " << i;
  }
  for (int count : counts) EXPECT_EQ(count, 100);
  EXPECT_EQ(digits.test.size(), 0u);
}

}  // namespace
}  // namespace moshpit
