// The paper's table of rounds until the error is at most 1e-9, and at most 1e-4, and the
// experiments that measure it again: N peers, each absent from a round with probability p, Moshpit
// on a grid of 32x32, random groups of 32, at most 50 rounds.
//
// Pure. The figures of the paper are of its public notebook.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "experiment/averaging_plan.hpp"

namespace moshpit {

struct TableColumn {
  std::string_view title;
  Algorithm algorithm = Algorithm::moshpit;
  Placement placement = Placement::fixed;
};

// The five of the paper, then two of ours alone. What the paper calls SGP is `exponential`.
constexpr std::size_t table_columns = 7;
constexpr std::size_t paper_columns = 5;
extern const std::array<TableColumn, table_columns> table_titles;

// Rounds to 1e-9 and, where they are given, to 1e-4.
struct TableCell {
  double rounds = 0;
  std::optional<double> rounds_to_1e4 = std::nullopt;
};

struct TableRow {
  std::uint64_t peers = 0;
  double failure_rate = 0;
  std::array<std::optional<TableCell>, table_columns> cells;
};

constexpr double table_target = 1e-9;
constexpr double table_coarse_target = 1e-4;

const std::vector<TableRow>& paper_table();

AveragingPlan table_plan(const TableRow& row, const TableColumn& column, std::uint32_t restarts,
                         std::uint64_t seed);

// For a person: under each row of the paper the one that was measured. Requires: as many rows.
std::string table_text(const std::vector<TableRow>& measured);

}  // namespace moshpit
