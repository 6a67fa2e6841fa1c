// Contender: who takes part in `moshpit bench all-reduce`, and how the processes of one are
// started. gloo and MPI are programs of their own beside this one, which never links them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "app/bench/all_reduce.hpp"
#include "app/bench/contest.hpp"
#include "app/bench/member_processes.hpp"
#include "moshpit/peer.hpp"
#include "moshpit/result.hpp"

namespace moshpit {

struct Contender {
  std::string name;
  Codec codec = Codec::fp32;
  bool is_peer = false;  // another implementation: neither moshpit nor the floor
  bool encrypted = false;
  // Starts all its processes.
  std::function<Result<void>(MemberProcesses&, const Contest&)> start;
};

// The program of another implementation, gloo or mpi, beside this one. Error: invalid_argument,
// with what to install, if it was not there when this program was built.
Result<std::string> program_of(const std::string& name);

// moshpit first, once for each codec, the floor, and those that are named: gloo is two. Errors:
// those of program_of().
Result<std::vector<Contender>> contenders(const BenchAllReduceOptions& options);

}  // namespace moshpit
