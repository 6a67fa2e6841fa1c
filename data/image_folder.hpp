// Reads a data set that lies as ImageNet does: train/CLASS/*.jpg and val/CLASS/*.jpg (or .jpeg or
// .png, in any case), one folder a class, named as one likes. All pictures are brought to one shape
// and held decoded: 100,000 of 64 x 64 are 1.2 GB. Files are foreign: every fault is one sentence.
#pragma once

#include <filesystem>

#include "data/dataset.hpp"
#include "moshpit/result.hpp"

namespace moshpit {

// Classes are numbered in the order of the names of the folders in train/, pictures in the order of
// theirs. Errors: io if a folder is missing or a file cannot be read; bad_data if a picture makes
// no sense, val/ has a class that train/ lacks, or the pictures would take more than 8 GiB.
// Requires: one or three channels, sides not zero.
Result<Dataset> read_image_folder(const std::filesystem::path& folder, const ImageShape& shape);

}  // namespace moshpit
