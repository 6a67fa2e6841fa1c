#include "directory/watches.hpp"

namespace moshpit {

Watches::Entry::Entry(Watches& watches, Loop& loop, const DirectoryKey& key)
    : watches_(watches), key_(key), records_(loop), hurry_(loop), subscription_(loop) {
  watches_.entries_.emplace(key, this);
}

Watches::Entry::~Entry() {
  std::erase_if(watches_.entries_, [&](const auto& item) { return item.second == this; });
}

void Watches::deliver(const VerifiedRecord& record) {
  const PeerId& publisher = record.record.publisher.id;
  if (publisher == self_) return;
  const auto [begin, end] = entries_.equal_range(record.key);
  for (auto item = begin; item != end; ++item) {
    Entry& entry = *item->second;
    const Version version = version_of(record.record);
    const auto [seen, added] = entry.seen_.try_emplace(publisher, version);
    if (!added && seen->second >= version) continue;
    seen->second = version;
    entry.records_.put(record.record);
  }
}

void Watches::cover(const DirectoryKey& key) {
  const auto [begin, end] = entries_.equal_range(key);
  for (auto item = begin; item != end; ++item) item->second->covered_ = true;
}

void Watches::subscribed(const DirectoryKey& key, const std::set<PeerId>& holders) {
  const auto [begin, end] = entries_.equal_range(key);
  for (auto item = begin; item != end; ++item) {
    item->second->holders_ = holders;
    item->second->covered_ = !holders.empty();
  }
}

void Watches::holder_lost(const PeerId& peer) {
  for (const auto& [key, entry] : entries_) {
    if (entry->holders_.erase(peer) == 0) continue;
    entry->covered_ = false;
    entry->hurry_.set();
  }
}

}  // namespace moshpit
