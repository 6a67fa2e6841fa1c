#include "directory/storage.hpp"

#include <algorithm>
#include <iterator>

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// Longer than any message is under way: a link that is silent for so long is closed.
constexpr Duration remembered_after_expiry = 60s;

// The map holds no zeros.
void decrease(std::map<PeerId, std::size_t>& counts, const PeerId& peer, std::size_t by = 1) {
  const auto count = counts.find(peer);
  count->second -= by;
  if (count->second == 0) counts.erase(count);
}

std::size_t count_of(const std::map<PeerId, std::size_t>& counts, const PeerId& peer) {
  const auto count = counts.find(peer);
  return count == counts.end() ? 0 : count->second;
}

// Of what a peer has on all shelves the half that ends first, and how many that are. One at a time
// would be to look for it among all of them each time. Requires: there is one.
template <class Shelf, class Item, class End>
std::size_t displace_half(std::map<DirectoryKey, Shelf>& shelves,
                          std::map<PeerId, Item> Shelf::*items, const PeerId& peer, End end) {
  std::vector<Time> ends;
  for (const auto& [key, shelf] : shelves) {
    const auto item = (shelf.*items).find(peer);
    if (item != (shelf.*items).end()) ends.push_back(end(item->second));
  }
  const std::size_t half = (ends.size() + 1) / 2;
  const auto last = ends.begin() + static_cast<std::ptrdiff_t>(half - 1);
  std::ranges::nth_element(ends, last);
  std::size_t gone = 0;
  for (auto shelf = shelves.begin(); shelf != shelves.end() && gone < half; ++shelf) {
    auto& all = shelf->second.*items;
    const auto item = all.find(peer);
    if (item == all.end() || end(item->second) > *last) continue;
    all.erase(item);
    ++gone;
  }
  return gone;
}

}  // namespace

// Watchers must hear of a renewal before what they know expires. Of one that follows soon upon the
// last they need not.
bool Storage::says_nothing_new(const VerifiedRecord& record, const Entry& standing, Time now) {
  const RecordClaim& before = *standing.record.claim;
  const bool same =
      record.claim->publisher == before.publisher && record.claim->value == before.value;
  return same && 3 * (standing.expires - now) > 2 * record.origin.remaining;
}

// When all is full, at the expense of whoever has the most; of equals, at its own.
bool Storage::make_room(const DirectoryKey& key, const PeerId& publisher) {
  const auto shelf = shelves_.find(key);
  if (shelf != shelves_.end() && shelf->second.records.size() >= records_per_key_limit) {
    return false;
  }
  if (count_of(published_, publisher) >= records_per_publisher_limit) displace_records(publisher);
  if (size_ < records_limit) return true;
  const auto has_less = [](const auto& a, const auto& b) { return a.second < b.second; };
  const auto most = std::ranges::max_element(published_, has_less);
  const std::size_t mine = count_of(published_, publisher);
  const bool has_more = most->second > mine + 1;
  if (!has_more && mine == 0) return false;
  displace_records(has_more ? most->first : publisher);
  return true;
}

void Storage::displace_records(const PeerId& publisher) {
  const auto end = [](const Entry& entry) { return entry.expires; };
  const std::size_t gone = displace_half(shelves_, &Shelf::records, publisher, end);
  decrease(published_, publisher, gone);
  size_ -= gone;
}

Storage::Outcome Storage::keep(const VerifiedRecord& record, Time now, Time hand_on) {
  const PeerId& publisher = record.publisher();
  const DirectoryKey& key = record.claim->key;
  if (record.origin.remaining <= Duration(0)) return Outcome::outdated;
  const Time expires = now + record.origin.remaining;
  if (const auto shelf = shelves_.find(key); shelf != shelves_.end()) {
    const auto standing = shelf->second.records.find(publisher);
    if (standing != shelf->second.records.end()) {
      const VerifiedRecord& other = standing->second.record;
      if (record.version() > other.version()) {
        const bool known = says_nothing_new(record, standing->second, now);
        standing->second = Entry{record, expires};
        return known ? Outcome::renewed : Outcome::kept;
      }
      const bool same = other.origin.says_the_same_as(record.origin);
      return same && standing->second.expires > now ? Outcome::known : Outcome::outdated;
    }
  }
  if (!make_room(key, publisher)) return Outcome::refused;
  Shelf& shelf = shelves_[key];
  if (shelf.records.empty()) shelf.hand_on_at = hand_on;
  shelf.records.emplace(publisher, Entry{record, expires});
  ++published_[publisher];
  ++size_;
  return Outcome::kept;
}

std::vector<VerifiedRecord> Storage::under(const DirectoryKey& key, Time now) const {
  std::vector<VerifiedRecord> out;
  const auto shelf = shelves_.find(key);
  if (shelf == shelves_.end()) return out;
  for (const auto& [publisher, entry] : shelf->second.records) {
    if (entry.expires <= now) continue;
    out.push_back(entry.record);
    out.back().origin.remaining = entry.expires - now;
  }
  return out;
}

bool Storage::watch(const DirectoryKey& key, const PeerId& watcher, Time until, Time now) {
  if (until <= now) return true;
  const auto shelf = shelves_.find(key);
  const bool watches = shelf != shelves_.end() && shelf->second.watchers.contains(watcher);
  if (!watches) {
    if (shelf != shelves_.end() && shelf->second.watchers.size() >= watchers_per_key_limit) {
      return false;
    }
    if (count_of(watching_, watcher) >= watches_per_peer_limit) {
      const auto end = [](Time end_of_watch) { return end_of_watch; };
      decrease(watching_, watcher, displace_half(shelves_, &Shelf::watchers, watcher, end));
    }
    ++watching_[watcher];
  }
  shelves_[key].watchers[watcher] = until;
  return true;
}

void Storage::stop_watching(const PeerId& watcher) {
  if (!watching_.contains(watcher)) return;
  watching_.erase(watcher);
  for (auto& [key, shelf] : shelves_) shelf.watchers.erase(watcher);
}

std::vector<PeerId> Storage::watchers(const DirectoryKey& key, Time now) const {
  std::vector<PeerId> out;
  const auto shelf = shelves_.find(key);
  if (shelf == shelves_.end()) return out;
  for (const auto& [watcher, until] : shelf->second.watchers) {
    if (until > now) out.push_back(watcher);
  }
  return out;
}

std::vector<DirectoryKey> Storage::due(Time now) const {
  std::vector<DirectoryKey> out;
  for (const auto& [key, shelf] : shelves_) {
    const bool alive = std::any_of(shelf.records.begin(), shelf.records.end(),
                                   [&](const auto& item) { return item.second.expires > now; });
    if (alive && shelf.hand_on_at <= now) out.push_back(key);
  }
  return out;
}

void Storage::hand_on_at(const DirectoryKey& key, Time time) {
  const auto shelf = shelves_.find(key);
  if (shelf != shelves_.end()) shelf->second.hand_on_at = time;
}

void Storage::hand_on_before(const DirectoryKey& key, Time time) {
  const auto shelf = shelves_.find(key);
  if (shelf == shelves_.end()) return;
  shelf->second.hand_on_at = std::min(shelf->second.hand_on_at, time);
}

std::size_t Storage::watches() const {
  std::size_t count = 0;
  for (const auto& [watcher, keys] : watching_) count += keys;
  return count;
}

std::vector<DirectoryKey> Storage::keys() const {
  std::vector<DirectoryKey> out;
  for (const auto& [key, shelf] : shelves_) {
    if (!shelf.records.empty()) out.push_back(key);
  }
  return out;
}

void Storage::expire(Time now) {
  for (auto shelf = shelves_.begin(); shelf != shelves_.end();) {
    auto& [records, watchers, hand_on] = shelf->second;
    size_ -= std::erase_if(records, [&](const auto& item) {
      const bool forget = item.second.expires + remembered_after_expiry <= now;
      if (forget) decrease(published_, item.first);
      return forget;
    });
    std::erase_if(watchers, [&](const auto& item) {
      const bool forget = item.second <= now;
      if (forget) decrease(watching_, item.first);
      return forget;
    });
    shelf = records.empty() && watchers.empty() ? shelves_.erase(shelf) : std::next(shelf);
  }
}

}  // namespace moshpit
