// Programs for the tests of the simulated world: one listens and notes what it hears, one dials,
// one counts seconds. The world's thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "loop/task_group.hpp"
#include "sim/world.hpp"

namespace moshpit::sim {

// A network on which a test can compute by heart when something comes.
inline constexpr NetworkModel plain{.latency_min = std::chrono::milliseconds(10),
                                    .latency_max = std::chrono::milliseconds(10),
                                    .bytes_per_second = 1e6};

// Accepts links, keeps them, and notes what comes in over any of them.
class Listener {
 public:
  explicit Listener(Host& host)
      : host_(host), loop_(host.loop()), transport_(host.transport()), tasks_(loop_) {
    tasks_.spawn(listen());
  }

  std::vector<std::string> heard;
  std::size_t bytes = 0;
  std::size_t ended = 0;
  std::size_t frame_limit = 64 * 1024;
  bool reads = true;
  std::vector<std::unique_ptr<Link>> links;

 private:
  Task<> listen() {
    while (true) {
      auto link = co_await transport_.accept();
      if (!link) co_return;
      link->set_frame_limit(frame_limit);
      links.push_back(std::move(link));
      if (reads) tasks_.spawn(read(*links.back()));
    }
  }

  Task<> read(Link& link) {
    while (true) {
      auto frame = co_await link.receive();
      if (!frame) break;
      heard.emplace_back(as_text(*frame));
      bytes += frame->size();
    }
    ++ended;
  }

  Host& host_;
  Loop& loop_;
  Transport& transport_;
  TaskGroup tasks_;
};

// Dials once, and notes what comes back.
class Dialler {
 public:
  Dialler(Host& host, Address to, std::optional<PeerId> expected, Duration patience)
      : loop_(host.loop()), transport_(host.transport()), tasks_(loop_) {
    tasks_.spawn(dial(std::move(to), expected, patience));
  }

  bool done = false;
  std::unique_ptr<Link> link;
  std::optional<ErrorCode> error;
  std::vector<std::string> heard;
  bool ended = false;
  std::optional<bool> drained;  // the answer to await_drained()

  void await_drained(std::size_t bytes, Duration patience) {
    tasks_.spawn(wait_drained(bytes, patience));
  }

 private:
  Task<> dial(Address to, std::optional<PeerId> expected, Duration patience) {
    const Time deadline = loop_.now() + patience;
    auto result = co_await transport_.dial(to, expected, deadline);
    done = true;
    if (result) {
      link = std::move(*result);
      tasks_.spawn(read());
    } else {
      error = result.error().code();
    }
  }

  Task<> read() {
    while (true) {
      auto frame = co_await link->receive();
      if (!frame) break;
      heard.emplace_back(as_text(*frame));
    }
    ended = true;
  }

  Task<> wait_drained(std::size_t bytes, Duration patience) {
    const Time deadline = loop_.now() + patience;
    auto answer = co_await link->drained(bytes, deadline);
    drained = answer;
  }

  Loop& loop_;
  Transport& transport_;
  TaskGroup tasks_;
};

// Counts the seconds of its host.
class Ticker {
 public:
  explicit Ticker(Host& host) : loop_(host.loop()), tasks_(loop_) { tasks_.spawn(tick()); }

  std::vector<Time> ticks;

 private:
  Task<> tick() {
    const Time start = loop_.now();
    for (int i = 1;; ++i) {
      co_await loop_.sleep_until(start + i * std::chrono::seconds(1));
      ticks.push_back(loop_.now());
    }
  }

  Loop& loop_;
  TaskGroup tasks_;
};

// A world with two hosts and, if nothing hinders it, a link from one to the other.
struct Pair {
  explicit Pair(std::uint64_t seed = 1, NetworkModel model = {})
      : world(seed, model),
        one(world.add_host()),
        other(world.add_host()),
        listener(&other.start<Listener>(other)),
        dialler(&one.start<Dialler>(one, other.address(), other.id(), std::chrono::seconds(10))) {
    world.run_until([this] { return dialler->link && !listener->links.empty(); },
                    Time{} + std::chrono::seconds(10));
  }

  void send(std::string text, Priority priority = Priority::bulk) {
    dialler->link->send(to_bytes(text), priority);
  }

  // Lets so much time pass.
  void pass(Duration duration) { world.run_until(world.now() + duration); }

  World world;
  Host& one;
  Host& other;
  Listener* listener;
  Dialler* dialler;
};

}  // namespace moshpit::sim
