#include "experiment/devices_file.hpp"

#include <fmt/format.h>

namespace moshpit {

Result<DevicesFile> DevicesFile::parse(std::string_view text) {
  toml::parse_result file = toml::parse(text);
  if (!file) {
    return Error(ErrorCode::bad_data,
                 fmt::format("The devices file is no TOML: {}.", file.error().description()));
  }
  return DevicesFile(std::move(file).table());
}

double DevicesFile::number(const std::string& path, bool may_be_zero) {
  const auto value = file_.at_path(path).value<double>();
  if (value && (*value > 0 || (may_be_zero && *value == 0))) return *value;
  object(fmt::format("'{}' must be a number {}", path, may_be_zero ? "of 0 or more" : "above 0"));
  return 1;
}

const toml::table* DevicesFile::table(const std::string& path) {
  const toml::table* found = file_.at_path(path).as_table();
  if (!found) object(fmt::format("'{}' is missing", path));
  return found;
}

void DevicesFile::object(const std::string& sentence) {
  if (!problem_) problem_ = Error(ErrorCode::bad_data, "The devices file: " + sentence + ".");
}

}  // namespace moshpit
