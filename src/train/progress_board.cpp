#include "train/progress_board.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// Whoever has published nothing for so long, which is twice the longest pause between two records
// (Participant), is gone or stands still.
constexpr Duration believed_for = 10s;
// Of the past, with every batch: the last ten or so count.
constexpr double remembered = 0.9;

}  // namespace

void ProgressBoard::hear(const PeerId& peer, const WorkDone& work, Time now) {
  auto& heard = heard_[peer];
  if (heard.work != work) heard = Heard{work, now};
}

ProgressBoard::Estimate ProgressBoard::estimate(std::uint64_t step, Time now) const {
  Estimate all;
  all.target = target_;
  for (const auto& [peer, heard] : heard_) {
    const Duration since = now - heard.at;
    if (since > believed_for) continue;
    ++all.peers;
    all.samples_per_second += heard.work.samples_per_second;
    const bool of_this_step = heard.work.step >= step;
    const Time from = of_this_step ? heard.at : std::max(heard.at, began_);
    all.samples += heard.work.samples_per_second * seconds(now - from);
    if (of_this_step) all.samples += heard.work.samples;
  }
  return all;
}

std::optional<Duration> ProgressBoard::Estimate::left() const {
  if (reached()) return Duration{0};
  if (samples_per_second <= 0) return std::nullopt;
  const double left = (target - samples) / samples_per_second;
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(std::min(left, 1e6)));
}

std::string ProgressBoard::Estimate::sentence() const {
  const std::string done = fmt::format("{:.0f} of {:.0f} samples by {} peer{}, {:.0f} a second",
                                       std::min(samples, target), target, peers,
                                       peers == 1 ? "" : "s", samples_per_second);
  const auto time = left();
  if (!time) return done + ": nobody works at the moment";
  return done + fmt::format(": {:.1f} s to go", seconds(*time));
}

void WorkSpeed::worked(double samples, Duration took) {
  samples_ = remembered * samples_ + samples;
  seconds_ = remembered * seconds_ + seconds(took);
}

double WorkSpeed::samples_per_second() const { return seconds_ > 0 ? samples_ / seconds_ : 0; }

}  // namespace moshpit
