// moshpit bench codec: how fast each codec is on one core of this machine, and how far its values
// come back from where they were.
#pragma once

#include <CLI/App.hpp>
#include <cstdint>

namespace moshpit {

struct BenchCodecOptions {
  std::uint64_t bytes = std::uint64_t{64} << 20;  // of fp32
  std::uint32_t runs = 9;
  bool json = false;
};

void declare_bench_codec(CLI::App& bench, int& exit_code);

}  // namespace moshpit
