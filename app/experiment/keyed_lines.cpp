#include "app/experiment/keyed_lines.hpp"

#include <fmt/format.h>
#include <iterator>
#include <system_error>

#include "base/hash.hpp"
#include "moshpit/ids.hpp"

namespace moshpit {
namespace {

using nlohmann::json;

void read_line(const std::string& program, const std::string& text,
               std::map<std::string, json>& values) {
  try {
    const json line = json::parse(text);
    if (line.at("program") == program) values.insert_or_assign(line.at("key"), line.at("value"));
  } catch (const std::exception&) {
    // Cut off when the program was: that part is done again.
  }
}

Result<std::string> digest_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  if (!stream || bytes.empty()) {
    return Error(ErrorCode::io, fmt::format("'{}' cannot be read, by which finished runs are told "
                                            "from those of another program: permit it",
                                            file.string()));
  }
  return RunId{sha256(as_bytes(bytes))}.text();
}

}  // namespace

Result<KeyedLines> KeyedLines::open(const std::filesystem::path& folder,
                                    const std::filesystem::path& program) {
  const auto digest = digest_of(program);
  if (!digest) return digest.error();
  std::error_code trouble;
  std::filesystem::create_directories(folder, trouble);
  const auto path = folder / "runs.jsonl";
  KeyedLines lines;
  lines.program_ = *digest;
  std::string line;
  std::ifstream stream(path);
  while (std::getline(stream, line)) read_line(lines.program_, line, lines.values_);
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
  file_ << json{{"program", program_}, {"key", key}, {"value", value}}.dump() << '\n' << std::flush;
}

}  // namespace moshpit
