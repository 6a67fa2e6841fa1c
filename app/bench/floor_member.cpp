// The floor of `moshpit bench all-reduce`: what an all-reduce must move at least, through TCP and
// the same number of processes, and nothing else. No frames, no sums, no encryption; what is sent
// and where it is received stays in the cache. Each process has one thread that sends and one that
// receives, both blocking.
#include <array>
#include <cerrno>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <unistd.h>

#include "app/bench/all_reduce.hpp"
#include "app/bench/contest.hpp"
#include "app/output.hpp"
#include "base/assert.hpp"

namespace moshpit {
namespace {

// Large enough that the system calls do not count, small enough to stay in the cache.
constexpr std::size_t piece_size = 128 * 1024;

void check(bool done, const char* what) {
  if (!done) throw std::system_error(errno, std::generic_category(), what);
}

// A connected pair of TCP sockets.
std::array<int, 2> connected_pair() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{AF_INET, 0, {htonl(INADDR_LOOPBACK)}, {}};
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  check(bind(listener, generic, size) == 0 && listen(listener, 1) == 0, "no port on the loopback");
  getsockname(listener, generic, &size);
  const int near = socket(AF_INET, SOCK_STREAM, 0);
  check(connect(near, generic, size) == 0, "no connection through the loopback");
  const int far = accept(listener, nullptr, nullptr);
  check(far >= 0, "no connection through the loopback");
  close(listener);
  const int on = 1;
  for (const int end : {near, far}) setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return {near, far};
}

// One socket for each pair of processes.
class Mesh {
 public:
  // All pairs, before there is a second process.
  explicit Mesh(std::uint32_t size) : ends_(size, std::vector<int>(size, -1)) {
    for (std::uint32_t i = 0; i < size; ++i) {
      for (std::uint32_t j = 0; j < i; ++j) {
        const auto pair = connected_pair();
        ends_[i][j] = pair[0];
        ends_[j][i] = pair[1];
      }
    }
  }

  // Leaves this process its own ends, by the rank of the other side.
  std::vector<int> take(std::uint32_t rank) {
    for (std::uint32_t i = 0; i < ends_.size(); ++i) {
      for (const int end : ends_[i]) {
        if (i != rank && end >= 0) close(end);
      }
    }
    return ends_[rank];
  }

 private:
  std::vector<std::vector<int>> ends_;
};

using Piece = std::vector<float>;

class FloorMember {
 public:
  FloorMember(const Contest& contest, std::uint32_t rank, std::vector<int> sockets)
      : contest_(contest), rank_(rank), sockets_(std::move(sockets)) {
    // Both halves of an all-reduce: everybody's part of the vector goes there and comes back.
    share_ = 2 * (contest_.bytes / contest_.peers);
  }

  void run() {
    const std::size_t piece = std::min<std::uint64_t>(piece_size, share_) / sizeof(float);
    sent_.resize(piece);
    RoundWatch watch;
    for (std::uint64_t round = 1; round <= contest_.rounds; ++round) {
      fill(sent_, rank_, round);
      came_.assign(contest_.peers, Piece(piece));
      exchange(1);  // one byte with everybody: they are all there
      watch.start();
      exchange(share_);
      watch.stop();
      watch.tell(round, error(round));
    }
  }

 private:
  // In the k-th turn everybody sends to the k-th one after it and receives from the k-th one before
  // it, so nobody waits for a circle of others.
  void exchange(std::uint64_t share) {
    std::thread sender([this, share] { in_turns(share, &FloorMember::send_piece); });
    in_turns(share, &FloorMember::receive_piece);
    sender.join();
  }

  void in_turns(std::uint64_t share, void (FloorMember::*move)(std::uint32_t, std::size_t)) {
    while (share > 0) {
      const std::size_t size = std::min<std::uint64_t>(share, sent_.size() * sizeof(float));
      for (std::uint32_t turn = 1; turn < contest_.peers; ++turn) (this->*move)(turn, size);
      share -= size;
    }
  }

  void send_piece(std::uint32_t turn, std::size_t size) {
    const std::uint32_t to = (rank_ + turn) % contest_.peers;
    // A blocking send returns when it has taken all.
    const ssize_t done = send(sockets_[to], sent_.data(), size, MSG_NOSIGNAL);
    MOSHPIT_ASSERT(done == static_cast<ssize_t>(size));
  }

  void receive_piece(std::uint32_t turn, std::size_t size) {
    const std::uint32_t from = (rank_ + contest_.peers - turn) % contest_.peers;
    const ssize_t done = recv(sockets_[from], came_[from].data(), size, MSG_WAITALL);
    MOSHPIT_ASSERT(done == static_cast<ssize_t>(size));
  }

  // What came of each of the others must be what that one sends.
  double error(std::uint64_t round) const {
    Piece right(sent_.size());
    bool good = true;
    for (std::uint32_t other = 0; other < contest_.peers; ++other) {
      fill(right, other, round);
      good = good && (other == rank_ || came_[other] == right);
    }
    return good ? 0 : 1;
  }

  const Contest& contest_;
  std::uint32_t rank_;
  std::vector<int> sockets_;
  std::uint64_t share_ = 0;
  Piece sent_;
  std::vector<Piece> came_;
};

int run_floor(const Contest& contest) {
  try {
    Mesh mesh(contest.peers);
    const Copies copies(contest.peers);
    FloorMember(contest, copies.rank(), mesh.take(copies.rank())).run();
    return copies.exit_code(0);
  } catch (const std::system_error& error) {
    return Output(true).fail(Error(ErrorCode::io, error.what()));
  }
}

}  // namespace

void declare_bench_floor_member(CLI::App& bench, int& exit_code) {
  auto contest = std::make_shared<Contest>();
  CLI::App* command = bench.add_subcommand("floor-member", "What 'bench all-reduce' starts");
  command->group("");  // not for a person
  command->add_option("--peers", contest->peers);
  command->add_option("--bytes", contest->bytes);
  command->add_option("--rounds", contest->rounds);
  command->callback([contest, &exit_code] { exit_code = run_floor(*contest); });
}

}  // namespace moshpit
