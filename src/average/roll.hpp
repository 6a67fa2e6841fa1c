// Roll: who takes part in the run, as records in the directory. Two members of each group of a
// step's first round write down who was with them, and make sure of a link to each; whoever met
// nobody writes down itself. A record is written again without a member to whom there is no link
// any more, so that who died is missed at once, and nobody is missed whom another one still sees.
// One thread: the loop's.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "directory/directory.hpp"
#include "loop/task.hpp"
#include "loop/task_group.hpp"
#include "moshpit/grid.hpp"
#include "moshpit/ids.hpp"
#include "moshpit/time.hpp"
#include "net/network.hpp"
#include "wire/group.hpp"
#include "wire/shape.hpp"

namespace moshpit {

class Roll {
 public:
  Roll(Network& network, Directory& directory, RunId run);

  // Of a step and its grid. A key of the directory holds the records of some hundred groups, so
  // that the roll of a large run stands under several.
  struct Page {
    std::uint64_t step = 0;
    Grid grid;
  };

  // This peer was in `group` in the first round of the step; nullptr if it was alone. The record
  // lives for `lives`.
  void enter(Page page, const Group* group, Duration lives);

  // The last link to the peer closed. Whoever is struck because the link was one of too many is on
  // the next roll again.
  void lost(const PeerId& peer);

  // A peer that comes to fewer steps than this one in so many is not counted.
  static constexpr std::size_t steps_counted = 4;

  // A record lives as long as it counts, where steps begin so far from each other, and for some
  // seconds at least. 0: a newcomer does not know yet how far.
  static Duration lives(Duration step_interval);
  // Whether records of a step may be gone when `age` has passed since it began and `later_steps`
  // more have begun.
  static bool may_be_gone(Duration age, std::uint64_t later_steps);

  // Everybody who is there, ascending: by the roll of the last step, and by those of the steps
  // before for whoever is too slow for each of them. `pages`: of the last steps, the newest first.
  // Takes look-ups in the directory, and a dial to each writer that is on no line of the last roll.
  Task<std::vector<MemberNumber>> present(std::vector<Page> pages);

  struct Line {
    Contact writer;
    std::vector<MemberNumber> members;
  };
  // Of the steps before, the writers whose lines may not be kept up to date any more: those whom
  // nobody has written down in the last step.
  static std::vector<Contact> doubtful(const std::vector<Line>& last,
                                       const std::vector<Line>& before);
  // All on the lines, but for the lines of those who are gone.
  static std::vector<MemberNumber> members(const std::vector<Line>& lines,
                                           const std::set<PeerId>& gone);

 private:
  struct Entry {
    DirectoryKey key;
    std::vector<PeerId> members;
    Duration lives{0};
    bool outdated = false;  // as it was last written
  };
  Task<> write(Entry entry);
  Task<> write_again(std::uint64_t step);
  Task<> make_sure_of(Contact member);
  Task<std::vector<Line>> read(Page page);
  Task<std::set<PeerId>> gone(std::vector<Contact> peers);
  DirectoryKey key(std::uint64_t step, std::uint64_t sheet) const;
  static std::uint64_t sheets(const Grid& grid);

  Network& network_;
  Directory& directory_;
  RunId run_;
  std::map<std::uint64_t, Entry> entries_;  // of the steps that count, by step
  TaskGroup tasks_;
};

}  // namespace moshpit
