// ProgressBar: how far a long computation is, on standard error if that is a terminal, else
// nowhere. The line is gone when the bar is. Any thread may advance it.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace moshpit {

class ProgressBar {
 public:
  // `total` advances make it full. Requires: total > 0.
  ProgressBar(std::string title, std::uint64_t total);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void advance();
  // Makes room for a line of text. The next advance draws the bar again.
  void erase();

 private:
  void draw() const;

  const std::string title_;
  const std::uint64_t total_;
  const bool visible_;
  std::mutex mutex_;
  std::uint64_t done_ = 0;
  std::chrono::steady_clock::time_point next_draw_{};
};

}  // namespace moshpit
