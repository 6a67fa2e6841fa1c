// ClaimBoard: tells the others through the directory in which cell of the grid this peer will be
// when a step begins, and moves a newcomer on while its cell is taken (placement.hpp decides). A
// claim stands under the key at which the first group of that step meets, so whoever is expected
// there is known before the step begins. One thread: the loop's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "average/placement.hpp"
#include "average/presence.hpp"
#include "directory/directory.hpp"
#include "loop/event.hpp"
#include "loop/task_group.hpp"
#include "match/grid_key.hpp"
#include "moshpit/grid.hpp"
#include "net/network.hpp"

namespace moshpit {

// A claim as the value of a record. Nothing if the record is no claim.
Bytes claim_value(ClaimKind kind);
std::optional<ClaimKind> claim_kind(const Record& record);

class ClaimBoard {
 public:
  ClaimBoard(Network& network, Directory& directory, RunId run, Grid grid);

  // Claims cells of the grid for the step until release(); key() is the cell that is claimed at the
  // moment.
  void claim_for(std::uint64_t step, const Grid& grid);
  // Takes this cell, which is the peer's by the roster of the shape, whoever else is there.
  void take(std::uint64_t step, GridKey key);
  // Keeps this cell, to which the peer came by its digits. Where too many did, those who are too
  // many claim another one.
  void keep(std::uint64_t step, const Grid& grid, GridKey key);
  // The step begins: the claim is given up to whoever looks for the group there.
  std::unique_ptr<Presence> release();

  const GridKey& key() const { return key_; }
  // Set while nobody has contested the cell for `quiet`.
  Event& settled() { return settled_; }
  bool is_settled() const { return settled_.is_set(); }

 private:
  Task<> keep_cell(std::uint64_t step, Grid grid);
  Task<> find_cell(std::uint64_t step, Grid grid, Placement placement);
  Task<> hold_cell(const Placement& placement);
  void give_up_claim();
  Placement begin_search(const Grid& grid);
  void leave_cell();
  Task<> withdraw(DirectoryKey cell);
  void stand(std::uint64_t step, ClaimKind kind);

  Network& network_;
  Directory& directory_;
  RunId run_;
  GridKey key_;
  Event settled_;
  std::unique_ptr<Presence> presence_;
  TaskGroup withdrawals_;
  TaskGroup tasks_;
};

}  // namespace moshpit
