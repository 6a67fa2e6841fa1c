// For tests of the real network: a RealLoop on which both sides of every link run, over real
// sockets of this machine, and strangers who speak something else. One thread.
#pragma once

#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "loop/completion.hpp"
#include "loop/real_loop.hpp"
#include "loop/task_group.hpp"
#include "net/tcp_transport.hpp"

namespace moshpit {

using namespace std::chrono_literals;

// How long a test may take before it counts as stuck; far more than any machine needs.
inline constexpr auto test_patience = 60s;

class TcpStage {
 public:
  RealLoop& real() { return real_; }
  Loop& loop() { return real_.loop(); }
  Time in(Duration duration) { return loop().now() + duration; }
  Time late() { return in(test_patience); }

  // Runs the loop until the task has ended.
  template <class T>
  T run(Task<T> task) {
    std::optional<T> result;
    TaskGroup tasks(loop());
    tasks.spawn(finish(std::move(task), result));
    tasks.spawn(give_up());
    real_.run();
    MOSHPIT_ASSERT(result);
    return *std::move(result);
  }

 private:
  template <class T>
  Task<> finish(Task<T> task, std::optional<T>& result) {
    auto value = co_await task;
    result.emplace(std::move(value));
    real_.stop();
  }
  Task<> give_up() {
    co_await loop().sleep_for(test_patience);
    real_.stop();
  }

  RealLoop real_;
};

// Somebody on the network with a transport, who accepts whoever comes.
class TcpPeer {
 public:
  explicit TcpPeer(TcpStage& stage, std::optional<Address> at = Address{"127.0.0.1", 0},
                   Cover cover = Cover::encrypted, Bandwidth* bandwidth = nullptr)
      : stage_(stage), came_(stage.loop()), tasks_(stage.loop()) {
    auto transport = TcpTransport::listen(stage.real(), identity_, at, cover, bandwidth);
    EXPECT_TRUE(transport.ok()) << transport.error().message();
    transport_ = std::move(transport).value();
    tasks_.spawn(accept_all());
  }

  const PeerId& id() const { return identity_.id(); }
  const Identity& identity() const { return identity_; }
  Address address() const { return transport_->addresses().front(); }
  TcpTransport& transport() { return *transport_; }
  void leave() {
    tasks_.cancel();
    transport_.reset();
  }

  std::size_t waiting() const { return accepted_.size(); }
  Task<std::unique_ptr<Link>> next_link() {
    bool in_time = true;
    while (in_time && accepted_.empty()) {
      came_.reset();
      const bool came = co_await came_.wait_until(stage_.late());
      in_time = came;
    }
    if (!in_time) co_return nullptr;
    std::unique_ptr<Link> link = std::move(accepted_.front());
    accepted_.erase(accepted_.begin());
    co_return std::move(link);
  }

 private:
  Task<> accept_all() {
    bool open = true;
    while (open) {
      auto link = co_await transport_->accept();  // no deadline: ends with the peer
      open = link != nullptr;
      if (open) accepted_.push_back(std::move(link));
      came_.set();
    }
  }

  TcpStage& stage_;
  Identity identity_ = Identity::ephemeral();
  std::unique_ptr<TcpTransport> transport_;
  std::vector<std::unique_ptr<Link>> accepted_;
  Event came_;
  TaskGroup tasks_;
};

// A plain TCP connection that says what it likes.
class TcpStranger {
 public:
  TcpStranger(TcpStage& stage, const Address& to) : stage_(stage), socket_(stage.real().context()) {
    socket_.connect({asio::ip::make_address(to.host), to.port});
  }

  void say(ByteView bytes) {
    std::error_code ignored;
    asio::write(socket_, asio::buffer(bytes.data(), bytes.size()), ignored);
  }

  // Whether the other side closed the connection by then.
  Task<bool> dropped(Time deadline) {
    bool open = true;
    while (open) {
      Completion<std::error_code> ready(stage_.loop());
      socket_.async_wait(asio::ip::tcp::socket::wait_read, ready.signal());
      const bool in_time = co_await ready.wait(deadline);
      if (!in_time) co_return false;
      open = read();
    }
    co_return true;
  }

 private:
  bool read() {
    std::array<std::byte, 4096> buffer;
    std::error_code problem;
    socket_.read_some(asio::buffer(buffer), problem);
    return !problem;
  }

  TcpStage& stage_;
  asio::ip::tcp::socket socket_;
};

}  // namespace moshpit
