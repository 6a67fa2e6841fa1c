// One value that every process of a bench can compute for every other, so that each can check what
// was made of them. Pure. The standard library only: contenders that link nothing of moshpit use it
// too.
#pragma once

#include <cstdint>

namespace moshpit {

// Of a member, by any number that is its own, in a step.
constexpr std::uint64_t known_seed(std::uint64_t member, std::uint64_t step) {
  return member + step * 0xd1342543de82ef95u;
}

// Within [-0.5, 0.5). Mixed twice: after one multiplication the values of two members would differ
// by the same amount everywhere.
constexpr float known_value(std::uint64_t seed, std::uint64_t element) {
  std::uint64_t mixed = (seed + element) * 0x9e3779b97f4a7c15u;
  mixed = (mixed ^ (mixed >> 32)) * 0xd6e8feb86659fd93u;
  return static_cast<float>(mixed >> 40) * 0x1p-24f - 0.5f;
}

}  // namespace moshpit
