#include "sim/world.hpp"

#include <gtest/gtest.h>
#include <map>
#include <string>

#include "loop/task_group.hpp"

namespace moshpit::sim {
namespace {

using namespace std::chrono_literals;

constexpr Time begin{};

// Accepts links, keeps them, and notes what comes in over any of them.
class Listener {
 public:
  explicit Listener(Host& host) : host_(host), tasks_(host.loop()) { tasks_.spawn(listen()); }

  std::vector<std::string> heard;
  std::vector<Time> times;  // of the listener's own clock
  std::size_t ended = 0;
  std::size_t frame_limit = 64 * 1024;
  std::vector<std::unique_ptr<Link>> links;

 private:
  Task<> listen() {
    while (true) {
      auto link = co_await host_.transport().accept();
      if (!link) co_return;
      link->set_frame_limit(frame_limit);
      links.push_back(std::move(link));
      tasks_.spawn(read(*links.back()));
    }
  }

  Task<> read(Link& link) {
    while (true) {
      auto frame = co_await link.receive();
      if (!frame) break;
      heard.emplace_back(as_text(*frame));
      times.push_back(host_.loop().now());
    }
    ++ended;
  }

  Host& host_;
  TaskGroup tasks_;
};

// Dials once, and reads what comes back.
class Dialler {
 public:
  Dialler(Host& host, Address to, std::optional<PeerId> expected, Duration patience = 10s)
      : host_(host), tasks_(host.loop()) {
    tasks_.spawn(dial(std::move(to), expected, patience));
  }

  bool done = false;
  std::unique_ptr<Link> link;
  std::optional<ErrorCode> error;
  std::vector<std::string> heard;
  bool ended = false;

 private:
  Task<> dial(Address to, std::optional<PeerId> expected, Duration patience) {
    const Time deadline = host_.loop().now() + patience;
    auto result = co_await host_.transport().dial(to, expected, deadline);
    done = true;
    if (!result) {
      error = result.error().code();
      co_return;
    }
    link = std::move(*result);
    tasks_.spawn(read());
  }

  Task<> read() {
    while (true) {
      auto frame = co_await link->receive();
      if (!frame) break;
      heard.emplace_back(as_text(*frame));
    }
    ended = true;
  }

  Host& host_;
  TaskGroup tasks_;
};

struct Pair {
  explicit Pair(std::uint64_t seed = 1, NetworkModel model = {})
      : world(seed, model),
        one(world.add_host()),
        other(world.add_host()),
        listener(&other.start<Listener>(other)),
        dialler(&one.start<Dialler>(one, other.address(), other.id())) {
    world.run_until([this] { return dialler->link && !listener->links.empty(); }, begin + 5s);
  }

  void send(std::string text, Priority priority = Priority::bulk) {
    dialler->link->send(to_bytes(text), priority);
  }

  World world;
  Host& one;
  Host& other;
  Listener* listener;
  Dialler* dialler;
};

TEST(World, CarriesFramesInOrder) {
  Pair pair;
  std::vector<std::string> sent;
  for (int i = 0; i < 1000; ++i) {
    sent.push_back(std::to_string(i));
    pair.send(sent.back());
  }
  pair.listener->links[0]->send(to_bytes("back"), Priority::control);
  pair.world.run_until(begin + 5s);
  EXPECT_EQ(pair.listener->heard, sent);
  EXPECT_EQ(pair.dialler->heard, std::vector<std::string>{"back"});
}

TEST(World, TellsTheOthersOfACrash) {
  Pair pair;
  pair.send("last words");
  pair.one.crash();
  const Time crash = pair.world.now();
  EXPECT_TRUE(pair.world.run_until([&] { return pair.listener->ended == 1; }, begin + 5s));
  EXPECT_GE(pair.world.now() - crash, 1ms);
  EXPECT_LE(pair.world.now() - crash, 6ms);
  EXPECT_EQ(pair.listener->heard, std::vector<std::string>{"last words"});
}

TEST(World, AFrozenHostHearsEverythingWhenItThaws) {
  Pair pair;
  pair.other.freeze();
  pair.send("hello");
  pair.world.run_until(pair.world.now() + 5s);
  EXPECT_TRUE(pair.listener->heard.empty());
  pair.other.thaw();
  pair.world.run_until(pair.world.now() + 1ms);
  EXPECT_EQ(pair.listener->heard, std::vector<std::string>{"hello"});
}

}  // namespace
}  // namespace moshpit::sim
