// Screen: the demo for a person: a board that redraws itself on a terminal, a line every two
// seconds elsewhere.
#pragma once

#include <cstdint>
#include <string>

#include "app/demo/scoreboard.hpp"

namespace moshpit {

class Screen {
 public:
  // Draws nothing if not `visible` (with --json).
  explicit Screen(bool visible);

  void draw(const Scoreboard& board, std::uint64_t steps, double now);
  // A sentence that stays above the board.
  void say(const std::string& sentence);

 private:
  std::string text(const Scoreboard& board, std::uint64_t steps) const;

  bool visible_;
  bool terminal_;
  double next_ = 0;
  int lines_drawn_ = 0;
};

}  // namespace moshpit
