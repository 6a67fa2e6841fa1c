// The header of a checkpoint file: everything but the values of its sections. A file from a disk is
// foreign: decoding believes nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "moshpit/checkpoint.hpp"

namespace moshpit {

struct CheckpointHeader {
  Checkpoint checkpoint;  // its sections without values
  struct Section {
    std::uint64_t elements = 0;
    Digest digest{};
  };
  std::vector<Section> sections;  // of those
};

inline constexpr std::size_t checkpoint_parts_limit = 1000;  // sections; notes
inline constexpr std::size_t checkpoint_text_limit = 64 * 1024;

Bytes encode(const CheckpointHeader& header);
std::optional<CheckpointHeader> decode_checkpoint_header(ByteView bytes);

}  // namespace moshpit
