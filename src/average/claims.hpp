// ClaimBoard: tells the others through the directory in which cell of the grid this peer will be
// when a step begins, and moves a newcomer on while its cell is taken (placement.hpp decides). One
// thread: the loop's.
#pragma once

#include <cstdint>
#include <optional>

#include "average/placement.hpp"
#include "directory/directory.hpp"
#include "loop/event.hpp"
#include "loop/task_group.hpp"
#include "match/grid_key.hpp"
#include "moshpit/grid.hpp"
#include "net/network.hpp"

namespace moshpit {

class ClaimBoard {
 public:
  ClaimBoard(Network& network, Directory& directory, RunId run, Grid grid);

  // Claims cells for the step until stop(); key() is the cell that is claimed at the moment.
  void claim_for(std::uint64_t step);
  // Takes this cell, whoever else is there.
  void take(std::uint64_t step, GridKey key);
  void stop();

  const GridKey& key() const { return key_; }
  // Set while nobody has contested the cell for `quiet`.
  Event& settled() { return settled_; }

 private:
  Task<> find_cell(std::uint64_t step);
  Task<> hold_cell(DirectoryKey cell);
  Task<> announce(DirectoryKey cell, ClaimKind kind);
  DirectoryKey cell_key(std::uint64_t step) const;

  Network& network_;
  Directory& directory_;
  RunId run_;
  Grid grid_;
  Placement placement_;
  GridKey key_;
  Event settled_;
  TaskGroup tasks_;
};

}  // namespace moshpit
