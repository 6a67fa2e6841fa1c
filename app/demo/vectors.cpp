#include "app/demo/vectors.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>

namespace moshpit {

Result<std::vector<float>> read_vector(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file || bytes.empty() || bytes.size() % sizeof(float) != 0) {
    return Error(ErrorCode::io, "A peer left no vector in " + path + ".");
  }
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

double max_disagreement(const std::vector<std::vector<float>>& vectors) {
  double largest = 0;
  for (std::size_t i = 0; !vectors.empty() && i < vectors.front().size(); ++i) {
    double low = vectors.front()[i];
    double high = low;
    for (const auto& vector : vectors) {
      low = std::min<double>(low, vector[i]);
      high = std::max<double>(high, vector[i]);
    }
    largest = std::max(largest, high - low);
  }
  return largest;
}

std::vector<double> max_error_per_round(const std::vector<std::vector<float>>& histories,
                                        const std::vector<double>& weights, std::size_t rounds) {
  const std::size_t size = histories.front().size() / (rounds + 1);
  std::vector<double> errors(rounds + 1, 0.0);
  for (std::size_t i = 0; i < size; ++i) {
    double sum = 0;
    double weight = 0;
    for (std::size_t peer = 0; peer < histories.size(); ++peer) {
      sum += weights[peer] * histories[peer][i];
      weight += weights[peer];
    }
    for (const auto& history : histories) {
      for (std::size_t t = 0; t <= rounds; ++t) {
        errors[t] = std::max(errors[t], std::abs(history[t * size + i] - sum / weight));
      }
    }
  }
  return errors;
}

}  // namespace moshpit
