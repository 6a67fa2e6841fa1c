// moshpit bench kill: how long a round takes in which a member is killed or frozen. The members are
// processes of their own on this machine, over real sockets and TLS; all times are on one clock.
#pragma once

#include <CLI/App.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace moshpit {

struct BenchKillOptions {
  std::uint32_t peers = 4;
  std::uint64_t bytes = 64u << 20;  // of the vector of each peer
  double at = 0.4;                  // when the victim has moved this fraction of a round's bytes
  bool freeze = false;
  std::uint32_t victims = 1;  // at once
  std::uint32_t trials = 4;   // each with other victims
  bool against_gloo = false;  // what its members do instead, beside it
  bool json = false;

  // Rounds without a fault before the one with it; the first one measures links and deadlines.
  static constexpr std::uint64_t normal_rounds = 4;
};

// One member's part: which one it is, whether it is the victim, and by which invite it joins; the
// first one has none.
struct BenchKillMember {
  BenchKillOptions bench;
  std::uint64_t index = 0;
  bool victim = false;
  std::string invite;
};

// The words with which the bench starts the member, and the subcommand that they choose.
std::vector<std::string> arguments_of(const BenchKillMember& member);
void declare_bench_kill_member(CLI::App& bench, int& exit_code);

void declare_bench_kill(CLI::App& bench, int& exit_code);

}  // namespace moshpit
