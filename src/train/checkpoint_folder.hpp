// CheckpointFolder: the checkpoints of one folder, over any file system. What include/moshpit/
// checkpoint.hpp promises is kept here, by the order of the steps:
//
// write all of it under a name that no checkpoint has, and wait until it is on the disk; only then
// give it its name, and wait until that is on the disk; only then remove older ones. What a stopped
// save left behind is removed before the next one begins, so that it fills no disk.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "moshpit/checkpoint.hpp"
#include "train/file_system.hpp"

namespace moshpit {

class CheckpointFolder {
 public:
  // The file system outlives it.
  CheckpointFolder(FileSystem& files, std::string folder)
      : files_(files), folder_(std::move(folder)) {}

  Result<std::string> save(const Checkpoint& checkpoint, std::size_t keep);
  Result<LoadedCheckpoint> load_newest();

 private:
  Result<void> remove_unfinished();
  Result<void> write(const std::string& file, const Checkpoint& checkpoint);
  Result<void> remove_old(const std::string& newest, std::size_t keep);
  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  FileSystem& files_;
  std::string folder_;
};

Result<Checkpoint> read_checkpoint(FileSystem& files, const std::string& file);

}  // namespace moshpit
