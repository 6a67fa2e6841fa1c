#include "app/bench/contest.hpp"

#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <signal.h>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "app/bench/known_value.hpp"

namespace moshpit {
namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double processor_time() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec);
  return seconds + 1e-6 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

// What all TCP sockets of this process have sent so far, as the system counts it: it is the same
// question to every contender, whatever library holds its sockets.
std::uint64_t bytes_sent() {
  std::uint64_t all = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    tcp_info info{};
    socklen_t size = sizeof info;
    const int descriptor = std::stoi(entry.path().filename());
    const int asked = getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size);
    if (asked == 0) all += info.tcpi_bytes_sent;
  }
  return all;
}

// Members of moshpit have long numbers by themselves.
std::uint64_t seed_of(std::uint32_t rank, std::uint64_t round) {
  return known_seed(std::uint64_t{rank} << 40, round);
}

// What is no number is as wrong as can be.
double distance(float value, double right) {
  return std::isfinite(value) ? std::abs(value - right) : 1;
}

}  // namespace

Contest Contest::parse(char** words) {
  return {static_cast<std::uint32_t>(std::stoul(words[0])), std::stoull(words[1]),
          std::stoull(words[2])};
}

Copies::Copies(std::uint32_t count) {
  const pid_t first = getpid();
  for (std::uint32_t rank = 1; rank < count && rank_ == 0; ++rank) {
    if (fork() == 0) rank_ = rank;
  }
  if (rank_ == 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != first) _exit(1);
}

int Copies::exit_code(int own) const {
  int status = 0;
  while (rank_ == 0 && wait(&status) > 0) {
    if (status != 0) own = 1;
  }
  return own;
}

void RoundWatch::start() {
  processor_ = processor_time();
  began_ = now();
}

void RoundWatch::stop() {
  ended_ = now();
  processor_ = processor_time() - processor_;
  // What a socket sent that has been closed meanwhile is forgotten.
  const std::uint64_t sent = std::max(sent_, bytes_sent());
  sent_before_ = std::exchange(sent_, sent);
}

void RoundWatch::tell(std::uint64_t round, double error) const {
  // One write, so that the lines of several processes do not mix.
  std::printf("{\"event\":\"round\",\"round\":%" PRIu64
              ",\"began\":%.9f,\"ended\":%.9f,\"sent\":%" PRIu64
              ",\"processor\":%.9f,\"error\":%.9g}\n",
              round, began_, ended_, sent(), processor_, error);
  std::fflush(stdout);
}

void fill(std::span<float> values, std::uint32_t rank, std::uint64_t round) {
  const std::uint64_t seed = seed_of(rank, round);
  for (std::uint64_t i = 0; i < values.size(); ++i) values[i] = known_value(seed, i);
}

double error_of_sum(const Contest& contest, std::uint64_t round, std::span<const float> sum) {
  double worst = 0;
  for (std::uint64_t i = 0; i < sum.size(); ++i) {
    double right = 0;
    for (std::uint32_t rank = 0; rank < contest.peers; ++rank) {
      right += known_value(seed_of(rank, round), i);
    }
    worst = std::max(worst, distance(sum[i], right));
  }
  return worst / contest.peers;
}

void compete(const Contest& contest, std::uint32_t rank, std::span<float> values,
             const std::function<void()>& meet, const std::function<void()>& reduce) {
  RoundWatch watch;
  for (std::uint64_t round = 1; round <= contest.rounds; ++round) {
    fill(values, rank, round);
    meet();
    watch.start();
    reduce();
    watch.stop();
    watch.tell(round, error_of_sum(contest, round, values));
  }
}

}  // namespace moshpit
