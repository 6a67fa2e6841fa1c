#include "data/cifar.hpp"

#include <cstdint>
#include <fmt/format.h>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

namespace moshpit {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t classes = 10;
constexpr ImageShape shape{3, 32, 32};
constexpr std::size_t most_batches = 5;  // as many training files as the data set has

// Adds the file's images. Memory grows with what is read.
Result<void> add_file(const fs::path& path, Examples& examples) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return Error(ErrorCode::io,
                 fmt::format("{} cannot be read; name the folder with the files of CIFAR-10 in "
                             "binary form (data_batch_1.bin, ..., test_batch.bin)",
                             path.string()));
  }
  const std::size_t before = examples.size();
  std::vector<char> record(1 + shape.pixels());
  while (file.read(record.data(), static_cast<std::streamsize>(record.size()))) {
    const auto label = static_cast<std::uint8_t>(record[0]);
    if (label >= classes) {
      return Error(ErrorCode::bad_data,
                   fmt::format("{} gives image {} the label {}, and labels are 0 to 9; fetch it "
                               "again",
                               path.string(), examples.size() - before, label));
    }
    examples.labels.push_back(label);
    examples.images.insert(examples.images.end(), record.begin() + 1, record.end());
  }
  if (file.gcount() != 0 || examples.size() == before) {
    return Error(
        ErrorCode::bad_data,
        fmt::format("{} ends after {} images and {} bytes of the next one, which has {}; "
                    "fetch it again",
                    path.string(), examples.size() - before, file.gcount(), record.size()));
  }
  return {};
}

}  // namespace

Result<Dataset> read_cifar10(const fs::path& folder) {
  Dataset data{classes, {shape, {}, {}}, {shape, {}, {}}};
  for (std::size_t i = 1; i <= most_batches; ++i) {
    const fs::path path = folder / fmt::format("data_batch_{}.bin", i);
    std::error_code ignored;  // what cannot be looked at is missing
    if (i > 1 && !fs::exists(path, ignored)) continue;
    if (auto added = add_file(path, data.train); !added) return added.error();
  }
  if (auto added = add_file(folder / "test_batch.bin", data.test); !added) return added.error();
  return data;
}

}  // namespace moshpit
