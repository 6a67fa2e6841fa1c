#include "app/settings_file.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <optional>
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace moshpit {
namespace {

template <class Value>
std::optional<std::string> text_of(const Value& value) {
  if (const auto text = value.template value_exact<std::string>()) return *text;
  if (const auto whole = value.template value_exact<std::int64_t>()) return std::to_string(*whole);
  if (const auto number = value.template value_exact<double>()) return fmt::format("{}", *number);
  if (const auto truth = value.template value_exact<bool>()) return *truth ? "true" : "false";
  return std::nullopt;
}

}  // namespace

Result<std::map<std::string, std::string>> read_settings(const std::string& file) {
  if (!std::filesystem::is_regular_file(file)) {
    return Error(ErrorCode::io, "There is no file " + file + ": name one of settings.");
  }
  const toml::parse_result parsed = toml::parse_file(file);
  if (!parsed) {
    const auto line = parsed.error().source().begin.line;
    return Error(ErrorCode::bad_data,
                 fmt::format("{}, line {}: {}.", file, line, parsed.error().description()));
  }
  std::map<std::string, std::string> values;
  for (const auto& [key, value] : parsed.table()) {
    const auto text = text_of(value);
    if (!text) {
      return Error(ErrorCode::bad_data, fmt::format("{}: {} is no word, number, true or false.",
                                                    file, std::string(key.str())));
    }
    values[std::string(key.str())] = *text;
  }
  return values;
}

}  // namespace moshpit
