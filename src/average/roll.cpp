#include "average/roll.hpp"

#include <algorithm>
#include <utility>

#include "net/reachable.hpp"
#include "wire/shape_messages.hpp"

namespace moshpit {
namespace {

// Records under one key, if nobody met anybody; a holder keeps 1,024 (directory/storage.hpp).
constexpr std::uint64_t places_per_sheet = 512;

// A member at this index and above leaves the writing to those before it.
constexpr std::size_t writers = 2;

Task<> look_for(Network& network, Contact peer, std::set<PeerId>& missing) {
  const bool there = co_await is_reachable(network, peer);
  if (!there) missing.insert(peer.id);
}

}  // namespace

Roll::Roll(Network& network, Directory& directory, RunId run)
    : network_(network), directory_(directory), run_(run), tasks_(network.loop()) {}

std::uint64_t Roll::sheets(const Page& page) {
  return (page.places + places_per_sheet - 1) / places_per_sheet;
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
  Entry entry{key(page.step, member_number(network_.id()) % sheets(page)), {}, lives};
  if (!group) entry.members = {network_.self()};
  for (std::size_t i = 0; group && i < group->size(); ++i) {
    if (i != group->self) entry.members.push_back(group->members[i]);
  }
  entries_.insert_or_assign(page.step, entry);
  for (const Contact& member : entry.members) tasks_.spawn(make_sure_of(member));
  tasks_.spawn(write(std::move(entry)));
}

// Whoever leaves takes leave of its links, like somebody that has too many.
void Roll::disconnected(const PeerId& peer, LinkEnd end) {
  const auto member = end == LinkEnd::given_up ? last_member(peer) : std::nullopt;
  if (member) {
    tasks_.spawn(make_sure_of(*member));
  } else {
    strike(peer);
  }
}

std::optional<Contact> Roll::last_member(const PeerId& peer) const {
  if (entries_.empty()) return std::nullopt;
  const std::vector<Contact>& members = entries_.rbegin()->second.members;
  const auto found = std::ranges::find(members, peer, &Contact::id);
  return found == members.end() ? std::nullopt : std::optional(*found);
}

void Roll::strike(const PeerId& peer) {
  const auto is_it = [&](const Contact& member) { return member.id == peer; };
  for (auto& [step, entry] : entries_) {
    if (std::erase_if(entry.members, is_it) > 0) tasks_.spawn(write(entry));
  }
}

// Not every round links all its members, and there is no link to lose to one that died before.
// Nobody can dial a peer without addresses: the others see it.
Task<> Roll::make_sure_of(Contact member) {
  const PeerId id = member.id;
  if (member.addresses.empty()) co_return;
  const bool there = co_await is_reachable(network_, std::move(member));
  if (!there) strike(id);
}

Task<> Roll::write(Entry entry) {
  RollEntry written;
  for (const Contact& member : entry.members) written.members.push_back(member_number(member.id));
  Bytes value = encode(written);
  co_await directory_.announce(entry.key, std::move(value), entry.lives);
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
  for (std::uint64_t sheet = 0; sheet < sheets(page); ++sheet) {
    const auto records = co_await directory_.look_up(key(page.step, sheet));
    for (const Record& record : records) {
      auto written = decode_roll_entry(record.value);
      if (written) lines.push_back({record.publisher, std::move(written->members)});
    }
  }
  co_return lines;
}

Task<std::set<PeerId>> Roll::gone(std::vector<Contact> peers) {
  std::set<PeerId> missing;
  TaskGroup dials(network_.loop());
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
