#include <algorithm>
#include <cmath>
#include <limits>

#include "base/assert.hpp"
#include "base/random.hpp"
#include "data/shard.hpp"

namespace moshpit {
namespace {

// The logarithm of a draw from the gamma distribution of this shape and scale 1 (Marsaglia and
// Tsang 2000; shapes below 1 by the remark in their section 6). As a logarithm, because at small
// shapes most draws are below the smallest double.
double log_gamma_draw(double shape, Random& random) {
  if (shape < 1) {
    const double lift = std::log(1 - random.unit()) / shape;
    return lift + log_gamma_draw(shape + 1, random);
  }
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  while (true) {
    const double x = random.normal();
    const double root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    const double u = 1 - random.unit();
    if (std::log(u) < x * x / 2 + d - d * v + d * std::log(v)) return std::log(d * v);
  }
}

// Positive, and 1 together.
std::vector<double> portions(std::size_t peers, double concentration, Random& random) {
  std::vector<double> draws(peers);
  for (double& draw : draws) draw = log_gamma_draw(concentration, random);
  const double largest = *std::max_element(draws.begin(), draws.end());
  double sum = 0;
  for (double& draw : draws) {
    draw = std::exp(draw - largest);
    sum += draw;
  }
  for (double& draw : draws) draw /= sum;
  return draws;
}

// The examples of each class, in an order of the seed.
std::vector<std::vector<std::uint32_t>> by_class(std::span<const Label> labels, Random& random) {
  const std::size_t classes = 1 + std::size_t{*std::max_element(labels.begin(), labels.end())};
  std::vector<std::vector<std::uint32_t>> members(classes);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    members[labels[i]].push_back(static_cast<std::uint32_t>(i));
  }
  for (auto& indices : members) random.shuffle(std::span(indices));
  return members;
}

// A peer without any data cannot train: it gets one example of whoever has most.
void fill_empty(std::vector<std::vector<std::uint32_t>>& parts) {
  const auto smaller = [](const auto& a, const auto& b) { return a.size() < b.size(); };
  for (auto& part : parts) {
    if (!part.empty()) continue;
    auto& richest = *std::max_element(parts.begin(), parts.end(), smaller);
    part.push_back(richest.back());
    richest.pop_back();
  }
}

}  // namespace

std::vector<std::vector<std::uint32_t>> dirichlet_split(std::span<const Label> labels,
                                                        std::size_t peers, double concentration,
                                                        std::uint64_t seed) {
  MOSHPIT_ASSERT(peers > 0 && peers <= labels.size() && concentration > 0);
  MOSHPIT_ASSERT(labels.size() <= std::numeric_limits<std::uint32_t>::max());
  Random random(seed);
  std::vector<std::vector<std::uint32_t>> parts(peers);
  for (const auto& members : by_class(labels, random)) {
    const std::vector<double> portion = portions(peers, concentration, random);
    double reached = 0;
    std::size_t given = 0;
    for (std::size_t peer = 0; peer < peers; ++peer) {
      reached += portion[peer];
      // The last one takes what rounding left.
      const auto share = static_cast<std::size_t>(reached * static_cast<double>(members.size()));
      const std::size_t end = peer + 1 == peers ? members.size() : std::min(share, members.size());
      for (; given < end; ++given) parts[peer].push_back(members[given]);
    }
  }
  fill_empty(parts);
  for (auto& part : parts) std::sort(part.begin(), part.end());
  return parts;
}

}  // namespace moshpit
