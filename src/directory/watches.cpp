#include "directory/watches.hpp"

#include <algorithm>
#include <utility>

#include "directory/set_digest.hpp"
#include "directory/storage.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// In time for a lost renewal to do no harm before the subscription ends (kademlia.cpp).
constexpr Duration longest_renewal = 20s;

// A record that has stood for long will stand for longer: it is renewed after 8 s, 16 s and then
// every 20 s. Who dies is taken for present until its record ends.
constexpr Duration first_usual_renewal = 8s;

// Among many newcomers nobody knows at first who is closest to the key; what was left elsewhere is
// soon left at the right ones, after half a second, one, two and so on, until they are the same two
// times in a row and all of them keep it.
constexpr Duration first_early_renewal = 500ms;
constexpr int early_renewals = 4;

}  // namespace

Watches::Entry::Entry(Watches& watches, Loop& loop, const DirectoryKey& key,
                      std::optional<Bytes> stands)
    : watches_(watches),
      loop_(loop),
      key_(key),
      stands_(std::move(stands)),
      records_(loop),
      informed_(loop),
      hurry_(loop),
      subscription_(loop) {
  watches_.entries_.emplace(key, this);
}

Duration Watches::Entry::usual_renewal(int before) const {
  if (!stands_) return longest_renewal;
  return std::min(longest_renewal, first_usual_renewal * (1 << std::min(before, 2)));
}

Duration Watches::Entry::next_renewal() {
  if (!stands_ || placed_ || early_renewals_ == early_renewals) {
    return usual_renewal(placed_ ? usual_renewals_++ : 0);
  }
  return first_early_renewal * (1 << early_renewals_++);
}

Duration Watches::Entry::record_lives() const { return usual_renewal(usual_renewals_) * 5 / 2; }

void Watches::Entry::renewed(std::vector<Contact> closest, std::optional<std::uint64_t> keepers) {
  closest_ = std::move(closest);
  placed_ = keepers && (placed_ || keepers == keepers_);
  keepers_ = keepers;
  if (placed_) early_renewals_ = 0;
}

std::uint64_t Watches::Entry::known_records() const {
  SetDigest digest;
  const Time asked_again = loop_.now() + usual_renewal(usual_renewals_);
  for (const auto& [publisher, seen] : seen_) {
    if (seen.expires > asked_again) digest.add_content(seen.content);
  }
  return digest.value();
}

Watches::Entry::~Entry() {
  std::erase_if(watches_.entries_, [&](const auto& item) { return item.second == this; });
}

void Watches::deliver(const VerifiedRecord& record) {
  const PeerId& publisher = record.publisher();
  if (publisher == self_) return;
  const auto [begin, end] = entries_.equal_range(record.claim->key);
  for (auto item = begin; item != end; ++item) {
    Entry& entry = *item->second;
    const bool full = entry.seen_.size() >= records_per_key_limit;
    if (full && !entry.seen_.contains(publisher)) continue;
    Entry::Seen& seen = entry.seen_[publisher];
    if (seen.version >= record.version()) continue;
    const Time expires = entry.loop_.now() + record.origin.remaining;
    seen = {record.version(), content_digest(*record.claim), expires};
    entry.records_.put(record.record());
  }
}

void Watches::holder_lost(const PeerId& peer) {
  for (const auto& [key, entry] : entries_) {
    if (entry->holders_.erase(peer) > 0) entry->hurry_.set();
  }
}

}  // namespace moshpit
