// Reads whatever labelled images a folder holds: IDX files (data/idx.hpp), CIFAR-10 in binary form
// (data/cifar.hpp), or pictures in a folder a class (data/image_folder.hpp).
#pragma once

#include <filesystem>

#include "data/dataset.hpp"
#include "moshpit/result.hpp"

namespace moshpit {

// What pictures are brought to if nobody says otherwise; the other formats have shapes of their
// own. Small ImageNet sets (Tiny ImageNet) are of this shape.
inline constexpr ImageShape usual_picture{3, 64, 64};

// Pictures if there is a folder train/, CIFAR-10 if there is a data_batch_1.bin, else IDX.
// Errors: as those readers'. Requires: as read_image_folder().
Result<Dataset> read_dataset(const std::filesystem::path& folder,
                             const ImageShape& pictures = usual_picture);

}  // namespace moshpit
