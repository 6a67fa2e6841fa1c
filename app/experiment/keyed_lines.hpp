// KeyedLines: what finished parts of a long computation came to, in a folder, a JSON object a line,
// so that one that was interrupted goes on where it was. Each belongs to the program that made it:
// built from other code, a program does not know it, whatever the change was. A line that is cut
// off counts as not there. Any thread.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "moshpit/result.hpp"

namespace moshpit {

class KeyedLines {
 public:
  // Makes the folder. `program`: the file of this one. Errors: io.
  static Result<KeyedLines> open(const std::filesystem::path& folder,
                                 const std::filesystem::path& program = "/proc/self/exe");

  std::optional<nlohmann::json> find(const std::string& key) const;
  // On the disk when this returns, as far as the system says so.
  void add(const std::string& key, const nlohmann::json& value);

 private:
  KeyedLines() = default;

  std::string program_;  // a digest of its bytes
  // By pointer, so that the lines can be moved.
  std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();
  std::map<std::string, nlohmann::json> values_;
  std::ofstream file_;
};

}  // namespace moshpit
