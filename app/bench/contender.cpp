#include "app/bench/contender.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace moshpit {
namespace {

std::vector<std::string> words_of(const Contest& contest) {
  return {std::to_string(contest.peers), std::to_string(contest.bytes),
          std::to_string(contest.rounds)};
}

// The others join by the invite of the first one. No round begins before all are there.
Result<void> start_moshpit(MemberProcesses& processes, const Contest& contest,
                           const BenchAllReduceOptions& options, Codec codec) {
  BenchAllReduceMember member{contest.peers, contest.bytes, contest.rounds,
                              options.peer,  codec,         ""};
  for (std::uint32_t index = 0; index < contest.peers; ++index) {
    const bool is_last = index == contest.peers - 1;
    if (is_last && options.last != BandwidthLimit()) member.peer.bandwidth = options.last;
    const auto started = processes.start(arguments_of(member));
    if (!started) return started.error();
    while (member.invite.empty() && processes.somebody_runs()) {
      for (const auto& event : processes.read()) member.invite = event.value("invite", "");
    }
  }
  return {};
}

Contender moshpit(const BenchAllReduceOptions& options, Codec codec) {
  const auto start = [options, codec](MemberProcesses& processes, const Contest& contest) {
    return start_moshpit(processes, contest, options, codec);
  };
  return {"moshpit", codec, false, !options.peer.plaintext, start};
}

Result<void> start_floor(MemberProcesses& processes, const Contest& contest) {
  const auto words = words_of(contest);
  return processes.start(
      {"bench", "floor-member", "--peers", words[0], "--bytes", words[1], "--rounds", words[2]});
}

// gloo's program starts its own copies.
Contender gloo(const std::string& program, const std::string& algorithm) {
  const auto start = [=](MemberProcesses& processes, const Contest& contest) {
    auto words = words_of(contest);
    words.insert(words.begin(), algorithm);
    return processes.start_other(program, words);
  };
  return {"gloo-" + algorithm, Codec::fp32, true, false, start};
}

// Over TCP like everybody else, not through shared memory; it may have more processes than cores.
Contender mpi(const std::string& program) {
  const auto start = [=](MemberProcesses& processes, const Contest& contest) {
    std::vector<std::string> words{"-n",
                                   std::to_string(contest.peers),
                                   "--allow-run-as-root",
                                   "--oversubscribe",
                                   "--mca",
                                   "pml",
                                   "ob1",
                                   "--mca",
                                   "btl",
                                   "tcp,self",
                                   "--mca",
                                   "btl_tcp_if_include",
                                   "lo",
                                   program};
    const auto own = words_of(contest);
    words.insert(words.end(), own.begin(), own.end());
    return processes.start_other("mpirun", words);
  };
  return {"mpi", Codec::fp32, true, false, start};
}

}  // namespace

Result<std::string> program_of(const std::string& name) {
  const auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  const auto program = folder / ("moshpit-" + name);
  if (std::filesystem::exists(program)) return program.string();
  return Error(ErrorCode::invalid_argument,
               fmt::format("This program was built without {}: let script/setup --bench install "
                           "{} and build again.",
                           name, name == "mpi" ? "libopenmpi-dev and openmpi-bin" : "libgloo-dev"));
}

Result<std::vector<Contender>> contenders(const BenchAllReduceOptions& options) {
  std::vector<Contender> all;
  for (const std::string& codec : options.codecs) {
    all.push_back(moshpit(options, *codec_named(codec)));
  }
  all.push_back({"floor", Codec::fp32, false, false, start_floor});
  for (const std::string& name : options.against) {
    const auto program = program_of(name);
    if (!program) return program.error();
    if (name == "mpi") all.push_back(mpi(*program));
    if (name != "gloo") continue;
    for (const char* algorithm : {"ring", "halving-doubling"}) {
      all.push_back(gloo(*program, algorithm));
    }
  }
  return all;
}

}  // namespace moshpit
