// Upkeep: what a directory does unasked. Records are handed on to whoever should hold them,
// suspects are probed, and the routing table is refreshed. One thread: the loop's.
#pragma once

#include "directory/holder.hpp"
#include "directory/neighbourhood.hpp"
#include "loop/task_group.hpp"

namespace moshpit {

class Upkeep {
 public:
  Upkeep(Network& network, Neighbourhood& neighbourhood, Holder& holder, OwnRecords& own);

  // Looks up a place in every far bucket, so that this peer knows somebody everywhere.
  Task<> refresh();

 private:
  Task<> run();
  Task<> look_around();
  Task<> walk_to(DirectoryKey target, std::size_t wanted);
  Task<> probe(Contact contact);
  Task<> hand_on(DirectoryKey key, Contact to);

  void tick();
  void read_news();
  void welcome(const Contact& newcomer);
  bool answers_for(const DirectoryKey& key, const Contact& newcomer) const;
  void hand_on(const DirectoryKey& key);

  Network& network_;
  Neighbourhood& neighbourhood_;
  Holder& holder_;
  OwnRecords& own_;
  Time look_around_at_;
  Time refresh_at_;
  Time reunion_at_;
  TaskGroup tasks_;  // last, so that they end first
};

}  // namespace moshpit
