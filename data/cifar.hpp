// Reads CIFAR-10 in its binary form (Krizhevsky 2009): data_batch_1.bin to data_batch_5.bin and
// test_batch.bin of cifar-10-batches-bin, each image a byte of label and three planes of 32 x 32
// bytes. Files are foreign: every fault is one sentence.
#pragma once

#include <filesystem>

#include "data/dataset.hpp"
#include "moshpit/result.hpp"

namespace moshpit {

// Every data_batch_*.bin that is there, in the order of their names, and test_batch.bin.
// Errors: io if there is none or one cannot be read, bad_data if its bytes make no sense.
Result<Dataset> read_cifar10(const std::filesystem::path& folder);

}  // namespace moshpit
