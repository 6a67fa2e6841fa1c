// RunStore: the finished runs of an experiment in a folder, as KeyedLines has them. Any thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "app/experiment/keyed_lines.hpp"
#include "experiment/training/methods.hpp"
#include "moshpit/result.hpp"

namespace moshpit {

class RunStore {
 public:
  // Makes the folder. `program`: the file of this one. Errors: io.
  static Result<RunStore> open(const std::filesystem::path& folder,
                               const std::filesystem::path& program = "/proc/self/exe");

  std::optional<TrainingResult> find(const std::string& key) const;
  // On the disk when this returns, as far as the system says so.
  void add(const std::string& key, const TrainingResult& result);

 private:
  explicit RunStore(KeyedLines lines) : lines_(std::move(lines)) {}

  KeyedLines lines_;
};

}  // namespace moshpit
