#include "experiment/paper_table.hpp"

#include <gtest/gtest.h>

namespace moshpit {
namespace {

TEST(PaperTable, HasAFigureOfThePaperInItsFirstColumns) {
  EXPECT_EQ(paper_table().size(), 5u);
  for (const TableRow& row : paper_table()) {
    for (std::size_t i = 0; i < table_columns; ++i) {
      EXPECT_EQ(row.cells[i].has_value(), i < paper_columns);
    }
  }
  EXPECT_EQ(paper_table()[1].cells[4]->rounds, 8.8);
}

TEST(PaperTable, PlansWhatThePaperMeasured) {
  for (const TableRow& row : paper_table()) {
    for (const TableColumn& column : table_titles) {
      const AveragingPlan plan = table_plan(row, column, 7, 9);
      EXPECT_TRUE(check(plan));
      EXPECT_EQ(plan.peers, row.peers);
      EXPECT_EQ(plan.failure_rate, row.failure_rate);
      EXPECT_EQ(plan.grid.text(), "32x32");
      EXPECT_EQ(plan.restarts, 7u);
      EXPECT_EQ(plan.seed, 9u);
    }
  }
}

TEST(PaperTable, StandsAboveWhatWasMeasured) {
  auto measured = paper_table();
  measured[1].cells[4] = TableCell{8.64, 3.91};
  const std::string text = table_text(measured);
  const auto of_paper = text.find("8.8 (3.9)");
  const auto of_ours = text.find("8.6 (3.9)");
  ASSERT_NE(of_paper, std::string::npos);
  ASSERT_NE(of_ours, std::string::npos);
  EXPECT_LT(of_paper, of_ours);
  EXPECT_NE(text.find("10.9 "), std::string::npos);  // without a second figure
}

}  // namespace
}  // namespace moshpit
