#include "app/simulate/whole_number.hpp"

#include <charconv>
#include <cstdint>
#include <fmt/format.h>
#include <string>

namespace moshpit {
namespace {

std::string objection_to(const std::string& text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc() && stop == end) return {};
  return fmt::format("'{}' is no whole number: write digits only, as in 512", text);
}

}  // namespace

CLI::Validator whole_number() { return CLI::Validator(objection_to, ""); }

}  // namespace moshpit
