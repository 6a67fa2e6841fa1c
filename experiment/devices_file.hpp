// DevicesFile: reads experiment/devices.toml, or a text like it, and says what is wrong with it
// first. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "moshpit/result.hpp"

namespace moshpit {

class DevicesFile {
 public:
  // Errors: bad_data, if it is no TOML.
  static Result<DevicesFile> parse(std::string_view text);

  // 1 where that is not the number at this path, which is then a problem.
  double positive(const std::string& path) { return number(path, false); }
  double positive_or_zero(const std::string& path) { return number(path, true); }
  // Null, and a problem, if there is none.
  const toml::table* table(const std::string& path);

  // What is wrong first is kept.
  void object(const std::string& sentence);
  const std::optional<Error>& problem() const { return problem_; }

 private:
  explicit DevicesFile(toml::table file) : file_(std::move(file)) {}

  double number(const std::string& path, bool may_be_zero);

  toml::table file_;
  std::optional<Error> problem_;
};

}  // namespace moshpit
