#include "average/roll.hpp"

#include <set>
#include <utility>

#include "wire/shape_messages.hpp"

namespace moshpit {
namespace {

// Records under one key, if nobody met anybody; a holder keeps 1,024 (directory/storage.hpp).
constexpr std::uint64_t places_per_sheet = 512;

// A member at this index and above leaves the writing to those before it.
constexpr std::size_t writers = 2;

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
  while (!entries_.empty() && entries_.begin()->first + 1 < page.step) {
    entries_.erase(entries_.begin());
  }
  if (group && group->self >= writers) return;
  Entry entry{key(page.step, member_number(network_.id()) % sheets(page)), {}, lives};
  if (!group) entry.members = {network_.id()};
  for (std::size_t i = 0; group && i < group->size(); ++i) {
    if (i != group->self) entry.members.push_back(group->members[i].id);
  }
  entries_.insert_or_assign(page.step, entry);
  tasks_.spawn(write(std::move(entry)));
}

void Roll::lost(const PeerId& peer) {
  for (auto& [step, entry] : entries_) {
    if (std::erase(entry.members, peer) > 0) tasks_.spawn(write(entry));
  }
}

Task<> Roll::write(Entry entry) {
  RollEntry written;
  for (const PeerId& member : entry.members) written.members.push_back(member_number(member));
  Bytes value = encode(written);
  co_await directory_.announce(entry.key, std::move(value), entry.lives);
}

Task<std::vector<Roll::Line>> Roll::read(Page page) {
  std::vector<Line> lines;
  for (std::uint64_t sheet = 0; sheet < sheets(page); ++sheet) {
    const auto records = co_await directory_.look_up(key(page.step, sheet));
    for (const Record& record : records) {
      auto written = decode_roll_entry(record.value);
      if (!written) continue;
      lines.push_back({member_number(record.publisher.id), std::move(written->members)});
    }
  }
  co_return lines;
}

std::vector<MemberNumber> Roll::present(const std::vector<Line>& last,
                                        const std::vector<Line>& before) {
  std::set<MemberNumber> present;
  for (const Line& line : last) present.insert(line.members.begin(), line.members.end());
  const std::set<MemberNumber> writers = present;
  for (const Line& line : before) {
    if (writers.contains(line.writer)) present.insert(line.members.begin(), line.members.end());
  }
  return {present.begin(), present.end()};
}

}  // namespace moshpit
