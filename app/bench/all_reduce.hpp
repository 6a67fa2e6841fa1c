// moshpit bench all-reduce: how long a round takes, beside other implementations and beside the
// floor, what the same bytes cost through TCP alone. All contenders are processes on this machine,
// and take turns.
#pragma once

#include <CLI/App.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "moshpit/peer.hpp"

namespace moshpit {

struct BenchAllReduceOptions {
  std::uint32_t peers = 4;
  std::uint64_t bytes = 64u << 20;          // of the vector of each peer
  std::uint64_t rounds = 16;                // of each contender, besides those that warm up
  std::vector<std::string> against;         // gloo, mpi
  PeerOptions peer;                         // of each peer: plaintext and bandwidth
  BandwidthLimit last;                      // of moshpit's last peer, in place of the others'
  std::vector<std::string> codecs{"fp32"};  // of moshpit, one entry each; the others send fp32
  bool json = false;
};

// One member of moshpit's own part: by which invite it joins; the first one has none. `rounds` are
// those of this start, the ones that warm up included.
struct BenchAllReduceMember {
  std::uint32_t peers = 4;
  std::uint64_t bytes = 0;
  std::uint64_t rounds = 1;
  PeerOptions peer;
  Codec codec = Codec::fp32;
  std::string invite;
};

// The words with which the bench starts the member, and the subcommand that they choose.
std::vector<std::string> arguments_of(const BenchAllReduceMember& member);
void declare_bench_all_reduce_member(CLI::App& bench, int& exit_code);
// One process that becomes as many as there are peers.
void declare_bench_floor_member(CLI::App& bench, int& exit_code);

void declare_bench_all_reduce(CLI::App& bench, int& exit_code);

}  // namespace moshpit
