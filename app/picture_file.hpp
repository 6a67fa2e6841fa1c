// The picture of an experiment, in the file that --plot names.
#pragma once

#include <string>

#include "moshpit/result.hpp"

namespace moshpit {

// Called first: nobody waits for hours to hear that there is no such folder. A picture that is
// there stays until there is a new one. Nothing to do without a name. Errors: io.
Result<void> check_picture_file(const std::string& file);

// Errors: io.
Result<void> write_picture(const std::string& file, const std::string& svg);

}  // namespace moshpit
