#include "reduce/collection.hpp"

#include <algorithm>
#include <utility>

namespace moshpit {

bool Collection::add(std::size_t member, Bytes frame, const WeightedValues& contribution) {
  if (has(member)) return false;
  const auto place = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.member > member; });
  entries_.insert(place, Entry{member, std::move(frame), contribution});
  members_.set(member);
  return true;
}

void Collection::remove(std::size_t member) {
  std::erase_if(entries_, [&](const Entry& entry) { return entry.member == member; });
  members_.reset(member);
}

std::vector<WeightedValues> Collection::contributions() const {
  std::vector<WeightedValues> all;
  all.reserve(entries_.size());
  for (const Entry& entry : entries_) all.push_back(entry.values());
  return all;
}

}  // namespace moshpit
