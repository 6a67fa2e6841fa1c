#include "app/interrupt.hpp"

#include <chrono>
#include <ctime>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

namespace moshpit {
namespace {

sigset_t leaving_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  // Sent by the destructor to its own thread.
  sigaddset(&signals, SIGUSR1);
  return signals;
}

constexpr timespec grace{0, 800'000'000};

}  // namespace

Interrupt::Interrupt() {
  const sigset_t signals = leaving_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A link or a pipe whose other end is gone is reported by the write, not by a signal.
  signal(SIGPIPE, SIG_IGN);
  thread_ = std::thread([this] { wait(); });
}

Interrupt::~Interrupt() {
  over_ = true;
  pthread_kill(thread_.native_handle(), SIGUSR1);
  thread_.join();
}

void Interrupt::pause(std::chrono::milliseconds duration) const {
  std::unique_lock lock(mutex_);
  asked_.wait_for(lock, duration, [this] { return requested(); });
}

void Interrupt::wait() {
  const sigset_t signals = leaving_signals();
  int signal = 0;
  sigwait(&signals, &signal);
  if (over_) return;
  {
    const std::lock_guard lock(mutex_);
    requested_ = true;
    asked_.notify_all();
  }
  while (sigtimedwait(&signals, nullptr, &grace) > 0 && !over_) {
  }
  if (!over_) _exit(exit_code);
}

}  // namespace moshpit
