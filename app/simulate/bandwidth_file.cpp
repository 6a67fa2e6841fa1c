#include "app/simulate/bandwidth_file.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <optional>

namespace moshpit {
namespace {

constexpr std::string_view blanks = " \t\r";

std::vector<std::string_view> words_of(std::string_view line) {
  line = line.substr(0, line.find('#'));
  std::vector<std::string_view> words;
  for (std::size_t begin = line.find_first_not_of(blanks); begin != line.npos;
       begin = line.find_first_not_of(blanks)) {
    line.remove_prefix(begin);
    const std::size_t length = std::min(line.find_first_of(blanks), line.size());
    words.push_back(line.substr(0, length));
    line.remove_prefix(length);
  }
  return words;
}

std::optional<double> parse_bandwidth(std::string_view word) {
  double megabits = 0;
  const char* const end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, megabits);
  if (error != std::errc() || stop != end) return std::nullopt;
  if (!(megabits > 0 && std::isfinite(megabits))) return std::nullopt;
  return megabits * bytes_in_a_megabit;
}

// Requires: at least one word.
std::optional<double> lesser_of(const std::vector<std::string_view>& words) {
  if (words.size() > 2) return std::nullopt;
  const auto up = parse_bandwidth(words.front());
  const auto down = parse_bandwidth(words.back());
  if (!up || !down) return std::nullopt;
  return std::min(*up, *down);
}

}  // namespace

Result<std::vector<double>> parse_bandwidths(std::string_view text, const std::string& file) {
  std::vector<double> bandwidths;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto words = words_of(line);
    if (words.empty()) continue;
    const auto bandwidth = lesser_of(words);
    if (!bandwidth) {
      return Error(ErrorCode::bad_data,
                   fmt::format("line {} of '{}' is no bandwidth: write up and down in Mbit/s, as "
                               "in '20 100', or one number above 0 for both",
                               number, file));
    }
    bandwidths.push_back(*bandwidth);
  }
  if (bandwidths.empty()) {
    return Error(
        ErrorCode::bad_data,
        fmt::format("'{}' names no bandwidth: write a line for each peer, as in '20 100'", file));
  }
  return bandwidths;
}

Result<std::vector<double>> read_bandwidths(const std::string& file) {
  std::ifstream stream(file);
  const std::string text((std::istreambuf_iterator<char>(stream)), {});
  if (!stream.is_open() || stream.bad()) {
    return Error(ErrorCode::io, fmt::format("the bandwidths in '{}' cannot be read: name a file "
                                            "that exists and that you may read",
                                            file));
  }
  return parse_bandwidths(text, file);
}

}  // namespace moshpit
