#include "reduce/early_frames.hpp"

#include <chrono>
#include <utility>

namespace moshpit {
namespace {

// The message that starts a round may lose a packet or two on its way; whoever has not started by
// then is left out anyway.
constexpr Duration kept_for = std::chrono::seconds(10);
// What a gigabit link carries in half a second. A share each, so that one peer cannot take the
// place of all.
constexpr std::size_t most_bytes = 64u << 20;
constexpr std::size_t most_bytes_of_one = 16u << 20;
// As many of the smallest useful chunks as fit: bounds what empty frames cost beyond their bytes.
constexpr std::size_t most_frames = 16384;

}  // namespace

bool EarlyFrames::keep(const PeerId& from, const RoundId& round, Bytes frame, Time now) {
  forget_old(now);
  const auto known = bytes_of_.find(from);
  const std::size_t of_one = frame.size() + (known == bytes_of_.end() ? 0 : known->second);
  if (of_one > most_bytes_of_one || bytes_ + frame.size() > most_bytes) return false;
  if (kept_.size() == most_frames) return false;
  bytes_of_[from] = of_one;
  bytes_ += frame.size();
  kept_.push_back(Kept{now, round, Frame{from, std::move(frame)}});
  return true;
}

std::vector<EarlyFrames::Frame> EarlyFrames::take(const RoundId& round, Time now) {
  forget_old(now);
  std::vector<Frame> taken;
  std::deque<Kept> others;
  for (Kept& kept : kept_) {
    if (kept.round != round) {
      others.push_back(std::move(kept));
      continue;
    }
    uncount(kept.frame);
    taken.push_back(std::move(kept.frame));
  }
  kept_ = std::move(others);
  return taken;
}

void EarlyFrames::forget_old(Time now) {
  while (!kept_.empty() && kept_.front().since + kept_for <= now) {
    uncount(kept_.front().frame);
    kept_.pop_front();
  }
}

std::optional<Time> EarlyFrames::forgets_at() const {
  if (kept_.empty()) return std::nullopt;
  return kept_.front().since + kept_for;
}

void EarlyFrames::uncount(const Frame& frame) {
  bytes_ -= frame.bytes.size();
  const auto known = bytes_of_.find(frame.from);
  known->second -= frame.bytes.size();
  if (known->second == 0) bytes_of_.erase(known);
}

}  // namespace moshpit
