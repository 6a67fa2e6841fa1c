#include "loop/real_loop.hpp"

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <chrono>
#include <random>

namespace moshpit {
namespace {

using SystemClock = std::chrono::steady_clock;

std::uint64_t system_seed() {
  std::random_device device;
  const std::uint64_t high = device();
  return high << 32 | device();
}

// Neither the coroutines nor the sockets may keep the others waiting: a turn of the loop resumes at
// most this many coroutines and runs at most this many completions. Both take microseconds.
constexpr int turn_limit = 1000;

}  // namespace

struct RealLoop::Driver {
  // Completions that the context still holds when it is destroyed may own waiting coroutines, so
  // the loop goes last.
  Loop loop{system_seed(), RealLoop::now(), RealLoop::now};
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  bool stopped = false;

  void run_completions() {
    for (int i = 0; i < turn_limit && context.poll_one() > 0; ++i) {
    }
  }

  void run_coroutines() {
    for (int i = 0; i < turn_limit && loop.run_next(); ++i) {
    }
  }

  void wait_for_completion() {
    const auto timer = loop.next_timer();
    if (timer) {
      context.run_one_until(SystemClock::time_point(timer->time_since_epoch()));
    } else {
      context.run_one();
    }
  }
};

Time RealLoop::now() {
  return Time(std::chrono::duration_cast<Duration>(SystemClock::now().time_since_epoch()));
}

RealLoop::RealLoop() : driver_(std::make_unique<Driver>()) {}
RealLoop::~RealLoop() = default;

Loop& RealLoop::loop() { return driver_->loop; }
asio::io_context& RealLoop::context() { return driver_->context; }

void RealLoop::run() {
  while (!driver_->stopped) {
    if (!driver_->loop.has_ready()) driver_->wait_for_completion();
    // The clock is read before the sockets: wherever the whole process is paused, what arrived
    // meanwhile is read before a timer says that it did not arrive.
    const Time now = RealLoop::now();
    driver_->run_completions();
    driver_->loop.advance(now);
    driver_->run_coroutines();
  }
  driver_->stopped = false;
}

void RealLoop::stop() {
  post([this] { driver_->stopped = true; });
}

void RealLoop::post(std::function<void()> function) {
  asio::post(driver_->context, std::move(function));
}

}  // namespace moshpit
