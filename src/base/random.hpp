// Seeded random numbers that are the same with every compiler and standard library.
// The generator is xoshiro256** (Blackman and Vigna 2018), seeded through splitmix64.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "base/assert.hpp"

namespace moshpit {

class Random {
 public:
  explicit Random(std::uint64_t seed) {
    for (std::uint64_t& word : state_) {
      seed += 0x9e3779b97f4a7c15u;
      std::uint64_t z = seed;
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
      z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
      word = z ^ (z >> 31);
    }
  }

  std::uint64_t next() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  // Uniform in [0, bound). Requires: bound > 0. Rejection keeps it unbiased.
  std::uint64_t below(std::uint64_t bound) {
    MOSHPIT_ASSERT(bound > 0);
    const std::uint64_t threshold = (0 - bound) % bound;
    while (true) {
      const std::uint64_t draw = next();
      if (draw >= threshold) return draw % bound;
    }
  }

  // Uniform in [0, 1).
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

  bool chance(double probability) { return unit() < probability; }

  // Mean 0, variance 1: the sum of twelve uniform draws (no libm, so the same bits everywhere).
  double normal() {
    double sum = -6.0;
    for (int i = 0; i < 12; ++i) sum += unit();
    return sum;
  }

  // Fisher-Yates.
  template <class T>
  void shuffle(std::span<T> items) {
    for (std::size_t left = items.size(); left > 1; --left) {
      const auto chosen = static_cast<std::size_t>(below(left));
      std::swap(items[left - 1], items[chosen]);
    }
  }

  void fill(std::span<std::byte> out) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (i % 8 == 0) word = next();
      out[i] = static_cast<std::byte>(word >> (8 * (i % 8)));
    }
  }

  // A generator of its own, so that one consumer's draws do not shift another's.
  Random fork() { return Random(next()); }

 private:
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace moshpit
