// gloo as a contender of `moshpit bench all-reduce` and `kill`: all its processes, over TCP on the
// loopback.
//
//   moshpit-gloo ring|halving-doubling PEERS BYTES ROUNDS
//   moshpit-gloo kill PEERS BYTES ROUNDS AT    the last one is killed at this fraction of a round
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <exception>
#include <filesystem>
#include <gloo/allreduce.h>
#include <gloo/allreduce_halving_doubling.h>
#include <gloo/barrier.h>
#include <gloo/math.h>
#include <gloo/rendezvous/context.h>
#include <gloo/rendezvous/file_store.h>
#include <gloo/transport/tcp/device.h>
#include <memory>
#include <stdlib.h>
#include <string>
#include <vector>

#include "app/bench/contest.hpp"

namespace moshpit {
namespace {

using GlooContext = std::shared_ptr<gloo::rendezvous::Context>;

// Where the processes leave one another their addresses. The first one takes it away.
class Folder {
 public:
  Folder() : path_((std::filesystem::temp_directory_path() / "moshpit-gloo-XXXXXX").string()) {
    if (!mkdtemp(path_.data())) throw std::runtime_error("no folder for gloo's addresses");
  }
  const std::string& path() const { return path_; }
  void remove() const { std::filesystem::remove_all(path_); }

 private:
  std::string path_;
};

GlooContext connect(const Contest& contest, std::uint32_t rank, const std::string& folder) {
  gloo::transport::tcp::attr attributes;
  attributes.iface = "lo";
  auto device = gloo::transport::tcp::CreateDevice(attributes);
  gloo::rendezvous::FileStore store(folder);
  auto context = std::make_shared<gloo::rendezvous::Context>(static_cast<int>(rank),
                                                             static_cast<int>(contest.peers));
  context->connectFullMesh(store, device);
  return context;
}

std::uint32_t rank_of(const GlooContext& context) {
  return static_cast<std::uint32_t>(context->rank);
}

void meet(const GlooContext& context) {
  gloo::BarrierOptions options(context);
  gloo::barrier(options);
}

// Its newer function: a ring, in segments that stay in the cache.
void reduce_in_a_ring(const GlooContext& context, std::vector<float>& values) {
  gloo::AllreduceOptions options(context);
  options.setAlgorithm(gloo::AllreduceOptions::Algorithm::RING);
  options.setOutput(values.data(), values.size());
  void (*sum)(void*, const void*, const void*, std::size_t) = &gloo::sum<float>;
  options.setReduceFunction(sum);
  gloo::allreduce(options);
}

void compete_in_a_ring(const Contest& contest, const GlooContext& context) {
  std::vector<float> values(contest.elements());
  compete(
      contest, rank_of(context), values, [&] { meet(context); },
      [&] { reduce_in_a_ring(context, values); });
}

// An older one, faster for small vectors.
void compete_by_halves(const Contest& contest, const GlooContext& context) {
  std::vector<float> values(contest.elements());
  gloo::AllreduceHalvingDoubling<float> algorithm(context, {values.data()},
                                                  static_cast<int>(values.size()));
  compete(
      contest, rank_of(context), values, [&] { meet(context); }, [&] { algorithm.run(); });
}

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Seconds of a round, after some that warm up.
double normal_round(const Contest& contest, const GlooContext& context,
                    std::vector<float>& values) {
  std::vector<double> seconds;
  for (std::uint64_t round = 0; round < contest.rounds + warm_up_rounds; ++round) {
    meet(context);
    const double began = now();
    reduce_in_a_ring(context, values);
    seconds.push_back(now() - began);
  }
  seconds.erase(seconds.begin(), seconds.begin() + warm_up_rounds);
  std::ranges::sort(seconds);
  return seconds[seconds.size() / 2];
}

// False if the round has come to its end in spite of everything.
bool fails(const GlooContext& context, std::vector<float>& values) {
  try {
    reduce_in_a_ring(context, values);
    return false;
  } catch (const std::exception&) {
    return true;
  }
}

// The system kills this process then, whatever it is doing.
void die_after(double seconds) {
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGKILL;
  timer_t timer{};
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) throw std::runtime_error("no timer");
  const auto nanoseconds = static_cast<long>(std::max(seconds, 1e-6) * 1e9);
  itimerspec due{};
  due.it_value = {nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
  timer_settime(timer, 0, &due, nullptr);
}

// What those who are left have to do: notice, find one another again, and begin again with the
// values that they had.
void lose_the_last(Contest contest, std::uint32_t rank, double at, const Folder& folder) {
  const auto context = connect(contest, rank, folder.path());
  std::vector<float> values(contest.elements());
  const double normal = normal_round(contest, context, values);
  fill(values, rank, 1);
  meet(context);
  const double began = now();
  if (rank == contest.peers - 1) die_after(at * normal);
  const bool failed = fails(context, values);
  const double noticed = now();
  context->closeConnections();  // or whoever has no link to the dead one waits for 30 s
  --contest.peers;
  const auto again = connect(contest, rank, folder.path() + "/again");
  const double met = now();
  fill(values, rank, 1);
  reduce_in_a_ring(again, values);
  const double ended = now();
  std::printf(
      "{\"event\":\"kill\",\"failed\":%s,\"normal\":%.9f,\"noticed\":%.9f,"
      "\"met\":%.9f,\"ended\":%.9f,\"error\":%.9g}\n",
      failed ? "true" : "false", normal, noticed - began, met - began, ended - began,
      error_of_sum(contest, 1, values));
  std::fflush(stdout);
  meet(again);
}

int run_kill(const Contest& contest, double at) {
  const Folder folder;
  std::filesystem::create_directory(folder.path() + "/again");
  const Copies copies(contest.peers);
  lose_the_last(contest, copies.rank(), at, folder);
  if (copies.rank() == 0) folder.remove();
  copies.exit_code(0);  // waits; who was killed did not succeed
  return 0;
}

int run(const std::string& algorithm, const Contest& contest) {
  const Folder folder;
  const Copies copies(contest.peers);
  const GlooContext context = connect(contest, copies.rank(), folder.path());
  meet(context);
  if (copies.rank() == 0) folder.remove();  // everybody has read it
  if (algorithm == "ring") {
    compete_in_a_ring(contest, context);
  } else {
    compete_by_halves(contest, context);
  }
  return copies.exit_code(0);
}

}  // namespace
}  // namespace moshpit

int main(int count, char** words) {
  const bool kills = count == 6 && std::string(words[1]) == "kill";
  if (count != 5 && !kills) return 2;
  try {
    if (kills) return moshpit::run_kill(moshpit::Contest::parse(words + 2), std::stod(words[5]));
    return moshpit::run(words[1], moshpit::Contest::parse(words + 2));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "moshpit-gloo: %s\n", error.what());
    return 1;
  }
}
