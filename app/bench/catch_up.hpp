// moshpit bench catch-up: how long a late peer takes to download a run's state from several donors,
// of which one may be killed and one may lie, and what that costs the averaging of the others. The
// members are processes of their own on this machine, over real sockets and TLS.
#pragma once

#include <CLI/App.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "moshpit/peer.hpp"

namespace moshpit {

struct BenchCatchUpOptions {
  std::uint64_t bytes = 256u << 20;  // of the state
  std::uint32_t donors = 3;          // the one that is killed and the one that lies included
  bool kill_one = false;             // when the late peer has two fifths
  bool corrupt_one = false;
  std::uint64_t averaging = 0;  // bytes of a vector that the honest donors average meanwhile
  PeerOptions peer;             // the bandwidth limit of each process
  bool json = false;

  std::uint32_t honest() const { return donors - (corrupt_one ? 1 : 0); }
};

enum class CatchUpPart : std::uint8_t { donor, liar, late };

// One process's part. The first donor has no invite.
struct BenchCatchUpMember {
  BenchCatchUpOptions bench;
  CatchUpPart part = CatchUpPart::donor;
  std::string invite;
};

// The words with which the bench starts the process, and the subcommand that they choose.
std::vector<std::string> arguments_of(const BenchCatchUpMember& member);
void declare_bench_catch_up_member(CLI::App& bench, int& exit_code);

void declare_bench_catch_up(CLI::App& bench, int& exit_code);

}  // namespace moshpit
