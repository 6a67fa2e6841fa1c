// Roll: who takes part in the run, as records in the directory. Two members of each group of a
// step's first round write down who was with them; whoever met nobody writes down itself. A record
// is written again without a member to whom the link was lost, so that who died is missed at once,
// and nobody is missed whom another one still sees. One thread: the loop's.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "directory/directory.hpp"
#include "loop/task.hpp"
#include "loop/task_group.hpp"
#include "moshpit/ids.hpp"
#include "net/network.hpp"
#include "wire/group.hpp"
#include "wire/shape.hpp"

namespace moshpit {

class Roll {
 public:
  Roll(Network& network, Directory& directory, RunId run);

  // Of so many places. A key of the directory holds the records of some hundred groups, so that the
  // roll of a large run stands under several.
  struct Page {
    std::uint64_t step = 0;
    std::uint64_t places = 0;
  };

  // This peer was in `group` in the first round of the step; nullptr if it was alone. The record
  // lives for `lives`.
  void enter(Page page, const Group* group, Duration lives);

  // The last link to the peer closed.
  void lost(const PeerId& peer);

  // What stands there. Takes look-ups in the directory.
  struct Line {
    MemberNumber writer;
    std::vector<MemberNumber> members;
  };
  Task<std::vector<Line>> read(Page page);

  // Everybody who is there, ascending: by the roll of the last step, and by that of the step before
  // for whoever came too late to this one. The lines of a writer that has gone meanwhile are not
  // kept up to date and do not count.
  static std::vector<MemberNumber> present(const std::vector<Line>& last,
                                           const std::vector<Line>& before);

 private:
  struct Entry {
    DirectoryKey key;
    std::vector<PeerId> members;
    Duration lives{0};
  };
  Task<> write(Entry entry);
  DirectoryKey key(std::uint64_t step, std::uint64_t sheet) const;
  static std::uint64_t sheets(const Page& page);

  Network& network_;
  Directory& directory_;
  RunId run_;
  std::map<std::uint64_t, Entry> entries_;  // of this step and the one before
  TaskGroup tasks_;
};

}  // namespace moshpit
