#include "data/image_folder.hpp"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "data/image.hpp"

namespace moshpit {
namespace {

namespace fs = std::filesystem;

// What a machine of 16 GB can hold beside the training.
constexpr std::uint64_t size_limit = std::uint64_t{8} << 30;
constexpr std::size_t most_classes = std::size_t{std::numeric_limits<Label>::max()} + 1;

// What is in a folder and satisfies `wanted`, in the order of names.
template <class Wanted>
Result<std::vector<fs::path>> entries_of(const fs::path& folder, Wanted wanted) {
  std::error_code failure;
  fs::directory_iterator entries(folder, failure);
  std::vector<fs::path> paths;
  for (; !failure && entries != fs::directory_iterator(); entries.increment(failure)) {
    if (wanted(entries->path())) paths.push_back(entries->path());
  }
  if (failure) {
    return Error(ErrorCode::io,
                 fmt::format("{} cannot be read ({}); name a folder with train/CLASS/ and "
                             "val/CLASS/ full of pictures",
                             folder.string(), failure.message()));
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;  // what cannot be looked at is no folder
  return fs::is_directory(path, ignored);
}

bool is_picture(const fs::path& path) {
  std::string ending = path.extension().string();
  for (char& letter : ending) {
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  }
  return ending == ".jpg" || ending == ".jpeg" || ending == ".png";
}

struct PictureFile {
  fs::path path;
  Label label = 0;
};

Result<std::vector<std::string>> class_names(const fs::path& folder) {
  const auto folders = entries_of(folder, is_folder);
  if (!folders) return folders.error();
  std::vector<std::string> names;
  for (const fs::path& path : *folders) names.push_back(path.filename().string());
  if (names.empty() || names.size() > most_classes) {
    return Error(ErrorCode::bad_data,
                 fmt::format("{} holds {} folders, one a class; between 1 and {} make sense",
                             folder.string(), names.size(), most_classes));
  }
  return names;
}

Result<std::vector<PictureFile>> picture_files(const fs::path& folder,
                                               const std::vector<std::string>& names) {
  const auto classes = entries_of(folder, is_folder);
  if (!classes) return classes.error();
  std::vector<PictureFile> files;
  for (const fs::path& path : *classes) {
    const std::string name = path.filename().string();
    const auto known = std::lower_bound(names.begin(), names.end(), name);
    if (known == names.end() || *known != name) {
      return Error(ErrorCode::bad_data,
                   fmt::format("{} is a class that the training pictures lack; add it to train/ "
                               "or take it away",
                               path.string()));
    }
    const auto pictures = entries_of(path, is_picture);
    if (!pictures) return pictures.error();
    const auto label = static_cast<Label>(known - names.begin());
    for (const fs::path& picture : *pictures) files.push_back({picture, label});
  }
  if (files.empty()) {
    return Error(ErrorCode::bad_data, fmt::format("{} holds no pictures in its folders; put *.jpg "
                                                  "or *.png there",
                                                  folder.string()));
  }
  return files;
}

Result<std::vector<std::uint8_t>> file_bytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::uint8_t> bytes((std::istreambuf_iterator<char>(file)), {});
  if (!file) {
    return Error(ErrorCode::io,
                 fmt::format("{} cannot be read; check its permissions", path.string()));
  }
  return bytes;
}

Result<Examples> read_part(const fs::path& folder, const std::vector<std::string>& names,
                           const ImageShape& shape) {
  const auto files = picture_files(folder, names);
  if (!files) return files.error();
  if (files->size() > size_limit / shape.pixels()) {
    return Error(ErrorCode::bad_data,
                 fmt::format("{} holds {} pictures, which take {} bytes each and more than 8 GiB "
                             "together; ask for smaller ones or use fewer",
                             folder.string(), files->size(), shape.pixels()));
  }
  Examples examples{shape, {}, {}};
  examples.images.reserve(files->size() * shape.pixels());
  for (const PictureFile& file : *files) {
    const auto bytes = file_bytes(file.path);
    if (!bytes) return bytes.error();
    const auto picture = decode_image(*bytes, shape, file.path.string());
    if (!picture) return picture.error();
    examples.images.insert(examples.images.end(), picture->begin(), picture->end());
    examples.labels.push_back(file.label);
  }
  return examples;
}

}  // namespace

Result<Dataset> read_image_folder(const fs::path& folder, const ImageShape& shape) {
  const auto names = class_names(folder / "train");
  if (!names) return names.error();
  auto train = read_part(folder / "train", *names, shape);
  if (!train) return train.error();
  auto test = read_part(folder / "val", *names, shape);
  if (!test) return test.error();
  return Dataset{names->size(), std::move(*train), std::move(*test)};
}

}  // namespace moshpit
