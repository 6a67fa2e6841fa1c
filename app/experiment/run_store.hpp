// RunStore: the finished runs of an experiment in a folder, a JSON object a line, so that an
// experiment that was interrupted goes on where it was. Each belongs to the program that made it:
// built from other code, a program does not know it, whatever the change was. A line that is cut
// off counts as not there. Any thread.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

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
  RunStore() = default;

  std::string program_;  // a digest of its bytes
  // By pointer, so that the store can be moved.
  std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();
  std::map<std::string, TrainingResult> results_;
  std::ofstream file_;
};

}  // namespace moshpit
