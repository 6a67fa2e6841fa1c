#include "app/picture_file.hpp"

#include <fmt/format.h>
#include <fstream>

namespace moshpit {
namespace {

Error cannot_write(const std::string& file) {
  return Error(ErrorCode::io, fmt::format("the picture cannot be written to '{}': name a file in a "
                                          "folder that exists and that you may write to",
                                          file));
}

}  // namespace

Result<void> check_picture_file(const std::string& file) {
  if (!file.empty() && !std::ofstream(file, std::ios::app)) return cannot_write(file);
  return {};
}

Result<void> write_picture(const std::string& file, const std::string& svg) {
  std::ofstream stream(file);
  stream << svg << std::flush;
  if (!stream) return cannot_write(file);
  return {};
}

}  // namespace moshpit
