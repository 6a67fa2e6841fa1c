// RealLoop: drives a Loop with the system's monotonic clock and Asio's sockets and signals.
// One thread calls run(); post() and stop() may be called from any thread.
#pragma once

#include <functional>
#include <memory>

#include "loop/loop.hpp"

namespace asio {
class io_context;
}

namespace moshpit {

class RealLoop {
 public:
  RealLoop();
  ~RealLoop();

  // The monotonic clock that every loop follows. Any thread.
  static Time now();

  Loop& loop();
  asio::io_context& context();

  // Returns after stop(), also if that was called before. May be called again.
  void run();
  void stop();

  // Runs the function on the loop's thread, between two resumptions.
  void post(std::function<void()> function);

 private:
  struct Driver;
  std::unique_ptr<Driver> driver_;
};

}  // namespace moshpit
