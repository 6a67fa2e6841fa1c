#include "app/experiment/keyed_lines.hpp"

#include <fmt/format.h>
#include <system_error>

namespace moshpit {
namespace {

using nlohmann::json;

void read_line(const std::string& text, std::map<std::string, json>& values) {
  const json line = json::parse(text, nullptr, false);
  const bool whole =
      line.is_object() && line.contains("key") && line.contains("value") && line["key"].is_string();
  if (whole) values.insert_or_assign(line["key"], line["value"]);
}

}  // namespace

Result<KeyedLines> KeyedLines::open(const std::filesystem::path& folder) {
  std::error_code trouble;
  std::filesystem::create_directories(folder, trouble);
  const auto path = folder / "parts.jsonl";
  KeyedLines lines;
  std::string line;
  std::ifstream stream(path);
  while (std::getline(stream, line)) read_line(line, lines.values_);
  lines.file_.open(path, std::ios::app);
  // After a line that was cut off.
  lines.file_ << '\n' << std::flush;
  if (!lines.file_) {
    return Error(ErrorCode::io, fmt::format("finished runs cannot be kept in '{}': name another "
                                            "folder with --results",
                                            folder.string()));
  }
  return lines;
}

std::optional<json> KeyedLines::find(const std::string& key) const {
  const std::lock_guard lock(*mutex_);
  const auto found = values_.find(key);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

void KeyedLines::add(const std::string& key, const json& value) {
  const std::lock_guard lock(*mutex_);
  values_.insert_or_assign(key, value);
  file_ << json{{"key", key}, {"value", value}}.dump() << '\n' << std::flush;
}

}  // namespace moshpit
