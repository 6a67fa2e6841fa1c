#include "reduce/shares.hpp"

#include <algorithm>
#include <functional>

#include "base/assert.hpp"

namespace moshpit {
namespace {

// A line that carried so much of what the best one did is as good: rounds measure a line to within
// a third, and shares that follow every measurement would swing. It costs a third of the optimum at
// most.
constexpr double as_good = 0.7;
// Bytes a second. What others claim comes off the wire; no line is slower or faster than this, and
// deadlines that follow from it stay within reason.
constexpr double slowest_believed = 64e3;
constexpr double fastest_believed = 1e12;
// Times the median of the group: whoever claims more and has it is held back little, and whoever
// claims it and has not holds the round up, but does not get all of the vector.
constexpr double most_of_median = 8;

// 0 if it is not known.
double believed(std::uint64_t bandwidth) {
  const auto claimed = static_cast<double>(bandwidth);
  return bandwidth == 0 ? 0 : std::clamp(claimed, slowest_believed, fastest_believed);
}

// Of those that are known, the lower one of two in the middle; 1 if none is.
double median_of(std::vector<double> lines) {
  std::erase(lines, 0.0);
  if (lines.empty()) return 1;
  const auto middle = lines.begin() + static_cast<std::ptrdiff_t>((lines.size() - 1) / 2);
  std::ranges::nth_element(lines, middle);
  return *middle;
}

// Solves sum max(0, xi b_i - 1) = n - 2 over the best of the lines; O(n) of sorted ones.
double balance(std::vector<double> lines, std::size_t members) {
  std::sort(lines.begin(), lines.end(), std::greater<>());
  double sum = 0;
  double xi = 0;
  std::size_t used = 0;
  for (const double line : lines) {
    if (used > 0 && xi * line <= 1) break;
    sum += line;
    ++used;
    xi = (static_cast<double>(members - 2) + static_cast<double>(used)) / sum;
  }
  return xi;
}

std::vector<double> equal_shares(const std::vector<double>& bandwidths) {
  const auto owners = std::ranges::count_if(bandwidths, [](double line) { return line > 0; });
  std::vector<double> shares;
  for (const double line : bandwidths) {
    shares.push_back(line > 0 ? 1 / static_cast<double>(owners) : 0);
  }
  return shares;
}

}  // namespace

std::vector<double> balanced_shares(const std::vector<double>& bandwidths) {
  const std::size_t members = bandwidths.size();
  const double best = std::ranges::max(bandwidths);
  MOSHPIT_ASSERT(best > 0);
  if (members <= 2) return equal_shares(bandwidths);
  const double xi = balance(bandwidths, members);
  std::vector<double> shares;
  for (const double line : bandwidths) {
    shares.push_back(std::max(0.0, xi * line - 1) / static_cast<double>(members - 2));
  }
  return shares;
}

std::vector<double> shares_of(const Group& group) {
  std::vector<double> lines;
  for (const std::uint64_t bandwidth : group.bandwidths) {
    lines.push_back(believed(bandwidth));
  }
  lines.resize(group.size());
  const double median = median_of(lines);
  for (double& line : lines) line = line == 0 ? median : std::min(line, most_of_median * median);
  const double best = std::ranges::max(lines);
  bool somebody_owns = false;
  for (std::size_t member = 0; member < group.size(); ++member) {
    double& line = lines[member];
    if (line >= as_good * best) line = best;
    if (group.members[member].addresses.empty()) line = 0;
    somebody_owns = somebody_owns || line > 0;
  }
  if (!somebody_owns) lines.front() = best;
  return balanced_shares(lines);
}

double seconds_a_byte(const Group& group, const std::vector<double>& shares) {
  double longest = 0;
  for (std::size_t member = 0; member < group.bandwidths.size(); ++member) {
    const double line = believed(group.bandwidths[member]);
    if (line == 0) continue;
    const double vectors = 1 + (static_cast<double>(group.size()) - 2) * shares[member];
    longest = std::max(longest, vectors / line);
  }
  return longest;
}

}  // namespace moshpit
