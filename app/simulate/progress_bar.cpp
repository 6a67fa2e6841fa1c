#include "app/simulate/progress_bar.hpp"

#include <cstdio>
#include <fmt/format.h>
#include <unistd.h>

namespace moshpit {
namespace {

constexpr auto interval = std::chrono::milliseconds(100);  // looks alive, costs nothing
constexpr std::uint64_t cells = 40;
constexpr const char* erase_line = "\r\033[K";

}  // namespace

ProgressBar::ProgressBar(std::string title, std::uint64_t total)
    : title_(std::move(title)), total_(total), visible_(isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() { erase(); }

void ProgressBar::erase() {
  const std::scoped_lock lock(mutex_);
  if (visible_) std::fputs(erase_line, stderr);
  next_draw_ = {};
}

void ProgressBar::advance() {
  if (!visible_) return;
  const std::scoped_lock lock(mutex_);
  ++done_;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_draw_) return;
  next_draw_ = now + interval;
  draw();
}

void ProgressBar::draw() const {
  const auto full = static_cast<std::size_t>(cells * done_ / total_);
  const std::string bar = std::string(full, '#') + std::string(cells - full, '.');
  std::fputs(fmt::format("{}{} [{}] {} %", erase_line, title_, bar, 100 * done_ / total_).c_str(),
             stderr);
}

}  // namespace moshpit
