// Reads the IDX files of MNIST and of the data sets made in its image (Fashion-MNIST,
// Kuzushiji-MNIST, ...). The four files have the usual names, each with or without ".gz"; a file is
// taken for gzip by its bytes, not by its name. Files are foreign: what they claim is checked
// against their length before memory is asked for, and every fault is one sentence.
#pragma once

#include <cstddef>
#include <filesystem>

#include "data/dataset.hpp"
#include "moshpit/result.hpp"

namespace moshpit {

// Errors: io if a file is missing or unreadable, bad_data if its bytes make no sense.
// Requires: 0 < classes <= 256.
Result<Dataset> read_idx(const std::filesystem::path& folder, std::size_t classes = 10);

}  // namespace moshpit
