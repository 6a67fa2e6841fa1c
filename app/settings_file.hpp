// A file of settings: "rate = 0.1", a line each, as TOML.
#pragma once

#include <map>
#include <string>

#include "moshpit/result.hpp"

namespace moshpit {

// The values as they would stand on a command line. Errors, with a sentence: io if the file cannot
// be read, bad_data if it is no TOML or holds anything but words, numbers, true and false.
Result<std::map<std::string, std::string>> read_settings(const std::string& file);

}  // namespace moshpit
