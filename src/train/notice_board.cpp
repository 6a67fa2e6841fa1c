#include "train/notice_board.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <utility>

namespace moshpit {
namespace {

// A minute of rounds, at twenty a second.
constexpr std::size_t notices_kept = 1024;

std::string what_came_of(const RoundReport& report) {
  const double took = seconds(report.matching + report.reducing);
  if (report.outcome == RoundOutcome::alone) {
    return fmt::format("nobody else came to group {} in {:.2f} s", report.group, took);
  }
  const auto is_averaged = [](const ChunkReport& chunk) { return chunk.averaged; };
  const auto averaged = std::ranges::count_if(report.chunks, is_averaged);
  const std::size_t others = report.members.size() - 1;
  std::string text =
      fmt::format("averaged with {} other{} in group {} of {} after {:.2f} s", others,
                  others == 1 ? "" : "s", report.group, report.grid.text(), took);
  if (averaged < std::ssize(report.chunks)) {
    text += fmt::format(", {} of {} chunks", averaged, report.chunks.size());
  }
  return text;
}

}  // namespace

std::string describe(const RoundReport& report) {
  std::string text = fmt::format("step {}, round {}: {}", report.time.step, report.time.round,
                                 what_came_of(report));
  for (const LostPeer& lost : report.lost) {
    text += fmt::format("; lost {} ({})", lost.peer.brief(), lost.sentence);
  }
  return text;
}

void NoticeBoard::round_ended(const RoundReport& report, const WeightedVector&) {
  const std::lock_guard lock(mutex_);
  if (notices_.size() == notices_kept) {
    notices_.pop_front();
    ++dropped_;
  }
  notices_.push_back({describe(report), report});
}

std::vector<Notice> NoticeBoard::take() {
  const std::lock_guard lock(mutex_);
  std::vector<Notice> taken(std::make_move_iterator(notices_.begin()),
                            std::make_move_iterator(notices_.end()));
  notices_.clear();
  return taken;
}

std::uint64_t NoticeBoard::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

}  // namespace moshpit
