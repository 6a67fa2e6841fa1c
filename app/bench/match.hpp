// moshpit bench match: how long a full group takes to stand after its last member has announced
// itself. The members are processes of their own on this machine, over real sockets and TLS, so all
// their times are on one clock.
#pragma once

#include <CLI/App.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "moshpit/grid.hpp"

namespace moshpit {

struct BenchMatchOptions {
  std::uint32_t peers = 4;
  std::uint64_t rounds = 50;
  std::string grid;                 // empty: one group of all
  std::uint32_t outbound_only = 0;  // so many peers, the last ones, accept no connections
  std::uint64_t seed = 1;           // of the pauses
  bool json = false;
};

// A step is as many rounds as the grid has dimensions, and whole steps are done: at least `rounds`.
std::uint64_t steps_of(const BenchMatchOptions& options, const Grid& grid);

// One member's part: which one it is, and by which invite it joins; the first one has none.
struct BenchMatchMember {
  BenchMatchOptions bench;
  std::uint64_t index = 0;
  std::string invite;
};

// The words with which the bench starts the member, and the subcommand that they choose.
std::vector<std::string> arguments_of(const BenchMatchMember& member);
void declare_bench_match_member(CLI::App& bench, int& exit_code);

void declare_bench_match(CLI::App& bench, int& exit_code);

}  // namespace moshpit
