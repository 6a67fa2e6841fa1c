#include "experiment/paper_table.hpp"

#include <fmt/format.h>

#include "base/assert.hpp"

namespace moshpit {

const std::array<TableColumn, table_columns> table_titles{{
    {"all-reduce", Algorithm::all_reduce},
    {"gossip", Algorithm::gossip},
    {"exponential", Algorithm::exponential},
    {"random groups", Algorithm::random_groups},
    {"Moshpit fixed", Algorithm::moshpit, Placement::fixed},
    {"push-sum", Algorithm::push_sum},
    {"Moshpit keys", Algorithm::moshpit, Placement::keys},
}};

const std::vector<TableRow>& paper_table() {
  using Cell = TableCell;
  static const std::vector<TableRow> rows{
      {512, 0, {Cell{1}, Cell{50}, Cell{47.6, 15.6}, Cell{6.1, 3.0}, Cell{8.2, 3.6}}},
      {512, .005, {Cell{10.9}, Cell{50}, Cell{47.8, 15.6}, Cell{6.3, 3.0}, Cell{8.8, 3.9}}},
      {512, .01, {Cell{41.7}, Cell{50}, Cell{47.8, 15.6}, Cell{6.6, 3.0}, Cell{8.8, 3.9}}},
      {1024, 0, {Cell{1}, Cell{50}, Cell{49.0, 16.2}, Cell{6.2, 3.0}, Cell{2, 2.0}}},
      {1024, .005, {Cell{42.6}, Cell{50}, Cell{49.5, 16.3}, Cell{6.7, 3.0}, Cell{5.2, 2.9}}},
  };
  return rows;
}

AveragingPlan table_plan(const TableRow& row, const TableColumn& column, std::uint32_t restarts,
                         std::uint64_t seed) {
  AveragingPlan plan;
  plan.algorithm = column.algorithm;
  plan.placement = column.placement;
  plan.peers = row.peers;
  plan.grid = Grid::create(32, 2).value();
  plan.group_size = 32;
  plan.failure_rate = row.failure_rate;
  plan.target = table_target;
  plan.rounds_max = 50;
  plan.restarts = restarts;
  plan.seed = seed;
  return plan;
}

namespace {

std::string cell_text(const std::optional<TableCell>& cell) {
  if (!cell) return "-";
  if (!cell->rounds_to_1e4) return fmt::format("{:.1f}", cell->rounds);
  return fmt::format("{:.1f} ({:.1f})", cell->rounds, *cell->rounds_to_1e4);
}

// As wide as the widest title or "47.6 (15.6)", and two blanks.
constexpr int column_width = 15;

std::string line(std::string_view head, const TableRow& row) {
  std::string text = fmt::format("{:<19}", head);
  for (const auto& cell : row.cells) {
    text += fmt::format("{:<{}}", cell_text(cell), column_width);
  }
  return text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
}

}  // namespace

std::string table_text(const std::vector<TableRow>& measured) {
  MOSHPIT_ASSERT(measured.size() == paper_table().size());
  std::string text = fmt::format("{:>5}  {:<5} {:<6}", "N", "p", "");
  for (const TableColumn& column : table_titles) {
    text += fmt::format("{:<{}}", column.title, column_width);
  }
  text = text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
  for (std::size_t i = 0; i < measured.size(); ++i) {
    const TableRow& paper = paper_table()[i];
    text += line(fmt::format("{:>5}  {:<5} {}", paper.peers, paper.failure_rate, "paper"), paper);
    text += line(fmt::format("{:>5}  {:<5} {}", "", "", "ours"), measured[i]);
  }
  return text;
}

}  // namespace moshpit
