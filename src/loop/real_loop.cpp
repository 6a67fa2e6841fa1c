#include "loop/real_loop.hpp"

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <atomic>
#include <chrono>
#include <random>

namespace moshpit {
namespace {

using SystemClock = std::chrono::steady_clock;

Time system_now() {
  return Time(std::chrono::duration_cast<Duration>(SystemClock::now().time_since_epoch()));
}

std::uint64_t system_seed() {
  std::random_device device;
  const std::uint64_t high = device();
  return high << 32 | device();
}

}  // namespace

struct RealLoop::Driver {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  Loop loop{system_seed(), system_now()};
  std::atomic<bool> stopped{false};

  void wait_for_events() {
    const auto timer = loop.next_timer();
    if (timer) {
      context.run_one_until(SystemClock::time_point(timer->time_since_epoch()));
    } else {
      context.run_one();
    }
    context.poll();
  }
};

RealLoop::RealLoop() : driver_(std::make_unique<Driver>()) {}
RealLoop::~RealLoop() = default;

Loop& RealLoop::loop() { return driver_->loop; }
asio::io_context& RealLoop::context() { return driver_->context; }

void RealLoop::run() {
  while (!driver_->stopped) {
    driver_->loop.advance(system_now());
    driver_->loop.run_ready();
    if (!driver_->stopped) driver_->wait_for_events();
  }
}

void RealLoop::stop() {
  post([this] { driver_->stopped = true; });
}

void RealLoop::post(std::function<void()> function) {
  asio::post(driver_->context, std::move(function));
}

}  // namespace moshpit
