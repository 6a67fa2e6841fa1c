// Checkpoints: files with a run's state, from which a peer, or a whole run, goes on after
// everything else is gone.
//
// A checkpoint is written under another name and takes its own only when all of it is on the disk:
// a kill, a power cut or a full disk at any moment leaves the checkpoint before it, or the new one,
// whole. Each part carries its digest, so that one that the disk spoilt is passed over. Any thread;
// a folder belongs to one peer at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "moshpit/ids.hpp"
#include "moshpit/peer.hpp"
#include "moshpit/result.hpp"

namespace moshpit {

struct Checkpoint {
  RunPlan plan;
  RunId run;
  std::uint64_t step = 0;         // the run's clock: averaging steps
  std::uint64_t local_steps = 0;  // of the peer that wrote it
  double samples = 0;             // as its trainer counts them

  struct Section {
    std::string name;  // "parameters", "optimizer", ...
    std::vector<float> values;
    bool operator==(const Section&) const = default;
  };
  std::vector<Section> sections;  // at most 1,000
  // Names and values of whatever else the trainer wants back: at most 1,000, of 64 KiB each.
  std::vector<std::pair<std::string, std::string>> notes;

  // Null if there is no section of that name.
  const Section* find(const std::string& name) const;
  bool operator==(const Checkpoint&) const = default;
};

// Writes the checkpoint into the folder, which is made if it is missing, and then removes the
// oldest ones beyond `keep` (at least 1). Returns its file. The disk must have room for one more
// than is kept. ErrorCode::io with a sentence; the checkpoints of before are then still there.
Result<std::string> save_checkpoint(const std::string& folder, const Checkpoint& checkpoint,
                                    std::size_t keep);

struct LoadedCheckpoint {
  Checkpoint checkpoint;
  std::string file;
  std::vector<std::string> skipped;  // a sentence for each newer one that cannot be used
};

// The checkpoint of the greatest step in the folder that is whole. ErrorCode::io if there is none,
// with what is wrong with those that are there.
Result<LoadedCheckpoint> load_newest_checkpoint(const std::string& folder);

// One file. ErrorCode::io if it cannot be read, bad_data if it is not whole or no checkpoint.
Result<Checkpoint> load_checkpoint(const std::string& file);

}  // namespace moshpit
