// ClaimBoard: tells the others through the directory under which grid key this peer will be in a
// coming round, and moves it on while it cannot stay there (placement.hpp decides): a newcomer
// while its cell is taken, and a peer that accepts no connections while nobody who does comes to
// its key. A claim stands under the key at which the group meets, so whoever is expected there is
// known before the round begins. One thread: the loop's.
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

  // Claims cells of the grid for the first round of the step until release(); key() is the cell
  // that is claimed at the moment.
  void claim_for(std::uint64_t step, const Grid& grid);

  // Under which conditions a peer keeps a cell.
  struct Stay {
    std::uint32_t room = 0;         // of more peers than this, those who are too many go
    Duration calm{0};               // who accepts connections comes within this
    std::optional<GridKey> refuge;  // and is to be found here, if anywhere
  };
  // Takes this cell, which is the peer's by its digits or by the roster of the shape, and looks for
  // another one when it cannot stay.
  void keep(RoundTime time, const Grid& grid, GridKey key, Stay stay);
  // The round begins: the claim is given up to whoever looks for the group there.
  std::unique_ptr<Presence> release();

  bool stands_for(RoundTime time) const {
    return presence_ && presence_->key() == key_.directory_key(run_, time);
  }
  // Whether the claim is found by whoever looks for it.
  bool is_placed() const { return presence_ && presence_->placed(); }
  const GridKey& key() const { return key_; }
  // Set while nobody has contested the cell for a while.
  Event& settled() { return settled_; }
  bool is_settled() const { return settled_.is_set(); }
  // It is in this cell because nobody accepts connections in the one that it kept.
  bool is_guest() const { return guest_; }
  // Set while somebody in the cell accepts connections.
  Event& hosted() { return hosted_; }

 private:
  Task<> keep_cell(RoundTime time, Grid grid, Stay stay);
  Task<> stay_in_cell(const Stay& stay, ClaimKind kind);
  Task<> find_cell(RoundTime time, Grid grid, Placement placement, Duration calm);
  Task<> hold_cell(const Placement& placement, Duration calm);
  Task<> look_ahead(RoundTime time, const Grid& grid, Placement& placement);
  Task<> read(DirectoryKey cell, Claims& claims);
  Claims look_around();
  void give_up_claim();
  Placement begin_search(const Grid& grid);
  Duration quiet() const;
  void leave_cell();
  Task<> withdraw(DirectoryKey cell);
  void stand(RoundTime time, ClaimKind kind);
  bool accepts() const { return !network_.self().addresses.empty(); }

  Network& network_;
  Directory& directory_;
  RunId run_;
  GridKey key_;
  Event settled_;
  Event hosted_;
  bool guest_ = false;
  std::unique_ptr<Presence> presence_;
  TaskGroup withdrawals_;
  TaskGroup tasks_;
};

}  // namespace moshpit
