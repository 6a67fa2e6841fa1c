#include "app/demo/screen.hpp"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <unistd.h>

namespace moshpit {
namespace {

constexpr double terminal_interval = 0.25;  // seconds: quick enough to look alive
constexpr double log_interval = 2;

std::string peer_line(std::size_t peer, const PeerLog& log) {
  const std::string id = log.id.empty() ? "--------" : log.id.substr(0, 8);
  const std::string name = fmt::format("  peer {:2} {}", peer, id);
  if (log.killed_at) return name + "  killed\n";
  if (log.accuracy) return name + fmt::format("  finished, {} local steps\n", log.local_steps);
  return name + fmt::format("  {:5} local steps  loss {:.3f}  {:6.0f} samples/s\n", log.local_steps,
                            log.loss, log.samples_per_second);
}

}  // namespace

Screen::Screen(bool visible) : visible_(visible), terminal_(isatty(STDOUT_FILENO) == 1) {}

std::string Screen::text(const Scoreboard& board, std::uint64_t steps) const {
  const auto alive =
      std::ranges::count_if(board.peers(), [](const auto& peer) { return !peer.second.killed_at; });
  std::string out = fmt::format(
      "averaging step {} of {}   loss {:.3f}   {} peers   {:.0f} samples/s   last round: {}\n",
      board.step(), steps, board.mean_loss(), alive, board.samples_per_second(),
      board.last_round());
  if (!terminal_) return out;
  for (const auto& [peer, log] : board.peers()) out += peer_line(peer, log);
  return out;
}

void Screen::draw(const Scoreboard& board, std::uint64_t steps, double now) {
  if (!visible_ || now < next_) return;
  next_ = now + (terminal_ ? terminal_interval : log_interval);
  const std::string out = text(board, steps);
  if (lines_drawn_ > 0) std::printf("\033[%dA\033[J", lines_drawn_);
  std::fputs(out.c_str(), stdout);
  std::fflush(stdout);
  lines_drawn_ = terminal_ ? static_cast<int>(std::ranges::count(out, '\n')) : 0;
}

void Screen::say(const std::string& sentence) {
  if (!visible_) return;
  if (lines_drawn_ > 0) std::printf("\033[%dA\033[J", lines_drawn_);
  std::printf("%s\n", sentence.c_str());
  std::fflush(stdout);
  lines_drawn_ = 0;
}

}  // namespace moshpit
