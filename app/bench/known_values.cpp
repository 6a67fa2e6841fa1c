#include "app/bench/known_values.hpp"

#include <algorithm>
#include <cmath>

#include "app/bench/known_value.hpp"
#include "base/bytes.hpp"

namespace moshpit {
namespace {

std::uint64_t seed_of(const PeerId& member, std::uint64_t step) {
  return known_seed(read_little_endian<std::uint64_t>(member.bytes), step);
}

}  // namespace

std::vector<float> known_values(const PeerId& member, std::uint64_t step, std::uint64_t elements) {
  std::vector<float> values(elements);
  const std::uint64_t seed = seed_of(member, step);
  for (std::uint64_t i = 0; i < elements; ++i) values[i] = known_value(seed, i);
  return values;
}

double error_of(const RoundReport& round, std::uint64_t step, std::span<const float> values) {
  double worst = 0;
  for (const ChunkReport& chunk : round.chunks) {
    std::vector<std::uint64_t> seeds;
    for (std::size_t i = 0; i < round.members.size(); ++i) {
      const bool in = chunk.averaged ? chunk.contributors[i] : i == round.self;
      if (in) seeds.push_back(seed_of(round.members[i], step));
    }
    for (std::size_t element = chunk.begin; element < chunk.end; ++element) {
      double sum = 0;
      for (const std::uint64_t seed : seeds) sum += known_value(seed, element);
      const double mean = sum / static_cast<double>(seeds.size());
      worst = std::max(worst, std::abs(values[element] - mean));
    }
  }
  return worst;
}

double error_of(const StepOutcome& outcome) {
  return error_of(outcome.report.rounds.front(), outcome.report.step, outcome.values);
}

}  // namespace moshpit
