#include "data/read.hpp"

#include <system_error>

#include "data/cifar.hpp"
#include "data/idx.hpp"
#include "data/image_folder.hpp"

namespace moshpit {

Result<Dataset> read_dataset(const std::filesystem::path& folder, const ImageShape& pictures) {
  std::error_code ignored;  // what cannot be looked at is not there
  if (std::filesystem::is_directory(folder / "train", ignored)) {
    return read_image_folder(folder, pictures);
  }
  if (std::filesystem::exists(folder / "data_batch_1.bin", ignored)) return read_cifar10(folder);
  return read_idx(folder);
}

}  // namespace moshpit
