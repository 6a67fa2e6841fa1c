#include "average/roll.hpp"

#include <algorithm>
#include <utility>

#include "net/reachable.hpp"
#include "wire/shape_messages.hpp"

namespace moshpit {
namespace {

// Records under one key, if nobody met anybody; a holder keeps 1,024 (directory/storage.hpp).
constexpr std::uint64_t places_per_sheet = 512;

// For as many peers as a roster has; whoever names a grid of more places looks at no more.
constexpr std::uint64_t sheet_limit = roster_limit / places_per_sheet;

constexpr Duration striking_takes = std::chrono::milliseconds(10);

// Whoever looks may do so a while after the end of a step, however short steps are.
constexpr Duration shortest_life = std::chrono::seconds(5);
constexpr Duration longest_life = std::chrono::hours(1);
constexpr Duration life_for_a_newcomer = std::chrono::seconds(20);
// Others may have begun a step, and written, before whoever looks. Where that is more than this,
// steps take so long that their records live for longer.
constexpr Duration others_are_ahead = std::chrono::seconds(1);

// So many writers are looked for; the rest of those in doubt count as there.
constexpr std::size_t dial_limit = 64;

// A member at this index and above leaves the writing to those before it.
constexpr std::size_t writers = 2;

Task<> look_for(Network& network, Contact peer, std::set<PeerId>& missing) {
  if (peer.addresses.empty()) co_return;  // nobody can tell
  const bool there = co_await is_reachable(network, peer);
  if (!there) missing.insert(peer.id);
}

}  // namespace

Roll::Roll(Network& network, Directory& directory, RunId run)
    : network_(network), directory_(directory), run_(run), tasks_(network.loop()) {}

Duration Roll::lives(Duration step_interval) {
  if (step_interval == Duration{0}) return life_for_a_newcomer;
  return std::clamp(std::int64_t{steps_counted} * step_interval, shortest_life, longest_life);
}

bool Roll::may_be_gone(Duration age, std::uint64_t later_steps) {
  return later_steps >= steps_counted && age >= shortest_life - others_are_ahead;
}

std::uint64_t Roll::sheets(const Grid& grid) {
  return std::min((grid.places() + places_per_sheet - 1) / places_per_sheet, sheet_limit);
}

DirectoryKey Roll::key(std::uint64_t step, std::uint64_t sheet) const {
  Hasher hasher;
  hasher.add(as_bytes("roll")).add(run_.bytes).add(step).add(sheet);
  return DirectoryKey{hasher.digest()};
}

void Roll::enter(Page page, const Group* group, Duration lives) {
  while (!entries_.empty() && entries_.begin()->first + steps_counted <= page.step) {
    entries_.erase(entries_.begin());
  }
  if (group && group->self >= writers) return;
  Entry entry{key(page.step, member_number(network_.id()) % sheets(page.grid)), {}, lives};
  if (!group) entry.members = {network_.id()};
  for (std::size_t i = 0; group && i < group->size(); ++i) {
    if (i != group->self) entry.members.push_back(group->members[i].id);
  }
  entries_.insert_or_assign(page.step, entry);
  tasks_.spawn(write(std::move(entry)));
  for (std::size_t i = 0; group && i < group->size(); ++i) {
    tasks_.spawn(make_sure_of(group->members[i]));
  }
}

void Roll::lost(const PeerId& peer) {
  for (auto& [step, entry] : entries_) {
    if (std::erase(entry.members, peer) == 0) continue;
    if (!std::exchange(entry.outdated, true)) tasks_.spawn(write_again(step));
  }
}

// Not every round links all its members, and there is no link to lose to one that died before.
// Nobody can dial a peer without addresses: the others see it.
Task<> Roll::make_sure_of(Contact member) {
  const PeerId id = member.id;
  if (member.addresses.empty()) co_return;
  const bool there = co_await is_reachable(network_, std::move(member));
  if (!there) lost(id);
}

// Those who die together are struck together.
Task<> Roll::write_again(std::uint64_t step) {
  co_await network_.loop().sleep_for(striking_takes);
  const auto found = entries_.find(step);
  if (found == entries_.end()) co_return;
  found->second.outdated = false;
  Entry entry = found->second;
  co_await write(std::move(entry));
}

Task<> Roll::write(Entry entry) {
  RollEntry written;
  for (const PeerId& member : entry.members) written.members.push_back(member_number(member));
  Bytes value = encode(written);
  co_await directory_.publish(entry.key, std::move(value), entry.lives);
}

Task<std::vector<MemberNumber>> Roll::present(std::vector<Page> pages) {
  std::vector<Line> lines = co_await read(pages.front());
  std::vector<Line> before;
  for (std::size_t i = 1; i < pages.size(); ++i) {
    const auto page_lines = co_await read(pages[i]);
    before.insert(before.end(), page_lines.begin(), page_lines.end());
  }
  auto in_doubt = doubtful(lines, before);
  const auto missing = co_await gone(std::move(in_doubt));
  lines.insert(lines.end(), before.begin(), before.end());
  co_return members(lines, missing);
}

Task<std::vector<Roll::Line>> Roll::read(Page page) {
  std::vector<Line> lines;
  for (std::uint64_t sheet = 0; sheet < sheets(page.grid); ++sheet) {
    const auto records = co_await directory_.look_up(key(page.step, sheet));
    for (const Record& record : records) {
      auto written = decode_roll_entry(record.value);
      const bool sound = written && written->members.size() <= most_in_group(page.grid.side());
      if (sound) lines.push_back({record.publisher, std::move(written->members)});
    }
  }
  co_return lines;
}

Task<std::set<PeerId>> Roll::gone(std::vector<Contact> peers) {
  std::set<PeerId> missing;
  TaskGroup dials(network_.loop());
  if (peers.size() > dial_limit) peers.resize(dial_limit);
  for (const Contact& peer : peers) dials.spawn(look_for(network_, peer, missing));
  co_await dials.join();  // each dial has a deadline
  co_return missing;
}

std::vector<Contact> Roll::doubtful(const std::vector<Line>& last,
                                    const std::vector<Line>& before) {
  std::set<MemberNumber> seen;
  for (const Line& line : last) seen.insert(line.members.begin(), line.members.end());
  std::map<PeerId, Contact> unseen;
  for (const Line& line : before) {
    if (!seen.contains(member_number(line.writer.id))) unseen[line.writer.id] = line.writer;
  }
  std::vector<Contact> contacts;
  for (auto& [id, contact] : unseen) contacts.push_back(std::move(contact));
  return contacts;
}

std::vector<MemberNumber> Roll::members(const std::vector<Line>& lines,
                                        const std::set<PeerId>& gone) {
  std::set<MemberNumber> all;
  for (const Line& line : lines) {
    if (!gone.contains(line.writer.id)) all.insert(line.members.begin(), line.members.end());
  }
  return {all.begin(), all.end()};
}

}  // namespace moshpit
