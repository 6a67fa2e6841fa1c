// Interrupt: Ctrl+C and SIGTERM. The program is asked to leave; if it is busy with something that
// cannot be cut short, the process ends all the same after 800 ms: leaving a run needs no ceremony,
// the others see the links close.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace moshpit {

class Interrupt {
 public:
  // Made before any other thread, so that they all leave the signals to this one.
  Interrupt();
  ~Interrupt();

  bool requested() const { return requested_; }
  // Waits, but not on after an interrupt.
  void pause(std::chrono::milliseconds duration) const;
  // The exit code of a program that was interrupted.
  static constexpr int exit_code = 130;

 private:
  void wait();

  std::atomic<bool> requested_{false};
  std::atomic<bool> over_{false};
  mutable std::mutex mutex_;
  mutable std::condition_variable asked_;
  std::thread thread_;
};

}  // namespace moshpit
