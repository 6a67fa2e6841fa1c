#include "moshpit/bandwidth_limit.hpp"

#include <charconv>
#include <fmt/format.h>
#include <optional>

namespace moshpit {
namespace {

// A chunk a second. With less than this a peer is taken for silent before it has said anything.
constexpr std::uint64_t smallest = 64'000;
constexpr std::uint64_t largest = 1'000'000'000'000;

std::optional<std::uint64_t> factor_of(std::string_view suffix) {
  if (suffix.empty()) return 1;
  if (suffix == "K" || suffix == "k") return 1'000;
  if (suffix == "M" || suffix == "m") return 1'000'000;
  if (suffix == "G" || suffix == "g") return 1'000'000'000;
  return std::nullopt;
}

std::optional<std::uint64_t> parse_rate(std::string_view text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  const auto factor = factor_of(std::string_view(stop, static_cast<std::size_t>(end - stop)));
  if (error != std::errc() || !factor || number > largest / *factor) return std::nullopt;
  const std::uint64_t rate = number * *factor;
  if (rate != 0 && rate < smallest) return std::nullopt;
  return rate;
}

}  // namespace

Result<BandwidthLimit> BandwidthLimit::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    const auto up = parse_rate(text.substr(0, slash));
    const auto down = parse_rate(text.substr(slash + 1));
    if (up && down) return BandwidthLimit{*up, *down};
  }
  return Error(ErrorCode::invalid_argument,
               fmt::format("The bandwidth limit '{}' is not UP/DOWN in bytes a second, each at "
                           "least 64K or 0 for none, as in 10M/50M.",
                           text));
}

}  // namespace moshpit
