#include "app/simulate/averaging_table.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/simulate/restarts.hpp"
#include "experiment/paper_table.hpp"

namespace moshpit {
namespace {

struct MeasuredCell {
  AveragingSummary fine;
  AveragingSummary coarse;
};

nlohmann::json as_json(const TableRow& row, std::size_t column, const MeasuredCell& measured) {
  nlohmann::json line{{"event", "cell"},
                      {"peers", row.peers},
                      {"failure_rate", row.failure_rate},
                      {"algorithm", word_of(table_titles[column].algorithm)},
                      {"rounds_to_target_mean", measured.fine.rounds_to_target_mean},
                      {"rounds_to_target_sd", measured.fine.rounds_to_target_sd},
                      {"rounds_to_1e-4_mean", measured.coarse.rounds_to_target_mean},
                      {"restarts_above_target", measured.fine.restarts_above_target}};
  if (table_titles[column].algorithm == Algorithm::moshpit) {
    line["placement"] = word_of(table_titles[column].placement);
  }
  if (row.cells[column]) line["paper"] = row.cells[column]->rounds;
  return line;
}

std::optional<MeasuredCell> measure(const AveragingPlan& plan, const TableColumn& column,
                                    const Interrupt& interrupt) {
  const auto title = fmt::format("{}, N = {}, p = {}", column.title, plan.peers, plan.failure_rate);
  const auto curves = run_restarts(plan, title, interrupt);
  if (!curves) return std::nullopt;
  return MeasuredCell{summarise(*curves, table_target), summarise(*curves, table_coarse_target)};
}

// Nothing if interrupted. Reports each cell as soon as it stands.
std::optional<TableRow> measure_row(const TableRow& paper, const AveragingPlan& plan,
                                    nlohmann::json& cells, const Output& output,
                                    const Interrupt& interrupt) {
  TableRow row{paper.peers, paper.failure_rate, {}};
  for (std::size_t i = 0; i < table_titles.size(); ++i) {
    const auto cell_plan = table_plan(paper, table_titles[i], plan.restarts, plan.seed);
    const auto measured = measure(cell_plan, table_titles[i], interrupt);
    if (!measured) return std::nullopt;
    row.cells[i] =
        TableCell{measured->fine.rounds_to_target_mean, measured->coarse.rounds_to_target_mean};
    cells.push_back(as_json(paper, i, *measured));
    output.event(cells.back());
  }
  return row;
}

}  // namespace

int show_averaging_table(const AveragingPlan& plan, const Output& output,
                         const Interrupt& interrupt) {
  std::vector<TableRow> rows;
  nlohmann::json cells = nlohmann::json::array();
  for (const TableRow& paper : paper_table()) {
    const auto row = measure_row(paper, plan, cells, output, interrupt);
    if (!row) return Interrupt::exit_code;
    rows.push_back(*row);
  }
  output.event(
      {{"event", "table"}, {"restarts", plan.restarts}, {"seed", plan.seed}, {"cells", cells}});
  output.say(
      "Rounds until the mean squared error is at most 1e-9 (1e-4): N peers, each absent from a\n"
      "round with probability p. Moshpit on 32x32, random groups of 32, at most 50 rounds.\n");
  output.say(table_text(rows));
  output.say(fmt::format(
      "Ours: the mean of {} restarts, the error around the initial mean. The paper's column for\n"
      "exponential, SGP, is the variance around a mean that drifts.",
      plan.restarts));
  return 0;
}

}  // namespace moshpit
