// moshpit bench endure: real processes average step after step while one of them after the other is
// killed or frozen, for as long as one likes. The rounds must end in time, and agree, and what the
// processes hold must not grow.
#pragma once

#include <CLI/App.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace moshpit {

struct BenchEndureOptions {
  std::uint32_t peers = 8;
  std::uint64_t bytes = 1u << 20;  // of the vector of each peer
  double seconds = 60;             // in all
  double every = 1;                // seconds between strikes
  std::uint64_t seed = 1;          // of victims and their fates
  bool json = false;
};

struct BenchEndureMember {
  std::uint64_t bytes = 0;
  std::string invite;  // the first one has none
};

// The words with which the bench starts a member, and the subcommand that they choose.
std::vector<std::string> arguments_of(const BenchEndureMember& member);
void declare_bench_endure_member(CLI::App& bench, int& exit_code);

void declare_bench_endure(CLI::App& bench, int& exit_code);

}  // namespace moshpit
