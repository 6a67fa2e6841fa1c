#include "app/simulate/advice_text.hpp"

#include <gtest/gtest.h>
#include <sstream>

namespace moshpit {
namespace {

Advised advised(const char* grid, double filled, double seconds, std::uint32_t rounds) {
  RoundCost round;
  round.transfer_seconds = seconds;
  round.equal_slices_seconds = seconds;
  round.groups = 8;
  return {{Grid::parse(grid).value(), filled, round, rounds}, 1.0 * rounds, rounds};
}

const AdvicePlan plan{.peers = 64, .vector_bytes = 1000, .network = {{1e6}, .01}};

std::string reasons(const std::vector<Advised>& ranked, const AdvicePlan& asked = plan) {
  std::string text;
  for (const std::string& reason : advice_reasons(asked, ranked)) text += reason + "\n";
  return text;
}

TEST(AdviceText, NamesTheOtherChoices) {
  const auto roomy = advised("8x8", 1, 10, 2);
  const auto deeper = advised("4x4x4", 1, 9, 3);
  const auto crowded = advised("7x7", 64.0 / 49, 9.5, 2);
  EXPECT_NE(advice_sentence(roomy).find("grid 8x8"), std::string::npos);
  EXPECT_NE(reasons({roomy, deeper}).find("is 4x4x4 (3 rounds of 9 s: 27 s"), std::string::npos);
  EXPECT_EQ(reasons({roomy, deeper}).find("Crowd"), std::string::npos);
  EXPECT_NE(reasons({roomy, crowded}).find("a little quicker, but"), std::string::npos);
  EXPECT_NE(reasons({crowded, roomy}).find("quicker all the same"), std::string::npos);
}

TEST(AdviceText, TellsOfTriesOnlyWherePeersFail) {
  AdvicePlan failing = plan;
  failing.failure_rate = .01;
  EXPECT_EQ(reasons({advised("8x8", 1, 10, 2)}).find("All-reduce:"), std::string::npos);
  EXPECT_NE(reasons({advised("8x8", 1, 10, 2)}, failing).find("= 1.9 tries"), std::string::npos);
}

TEST(AdviceText, FitsATerminal) {
  std::istringstream lines(reasons({advised("8x8", 1, 10, 2), advised("4x4x4", 1, 9, 3)}) +
                           advice_table({advised("2x2x2x2x2x2", 1, 10, 2)}));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100u) << line;
}

}  // namespace
}  // namespace moshpit
