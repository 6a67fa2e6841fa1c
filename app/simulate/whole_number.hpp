// What counts something on the command line: digits only. Without this check CLI11 takes -1 for the
// largest number that there is.
#pragma once

#include <CLI/App.hpp>

namespace moshpit {

CLI::Validator whole_number();

}  // namespace moshpit
