#include "directory/routing_table.hpp"

#include <algorithm>

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// The first probe comes soon, because most suspects were only busy; each further one waits twice as
// long, up to the last, which costs a dead contact one dial a minute.
constexpr Duration first_probe = 2s;
constexpr unsigned probe_doublings = 5;
// One suspect for so many usable contacts is more than deaths leave behind, because spares take
// their places.
constexpr std::size_t many_suspects = 4;

Duration probe_delay(unsigned failures) {
  return first_probe * (1u << std::min(failures - 1, probe_doublings));
}

template <class Range, class Projection>
auto find_peer(Range& range, const PeerId& peer, Projection id_of) {
  return std::find_if(range.begin(), range.end(),
                      [&](const auto& item) { return id_of(item) == peer; });
}

constexpr auto entry_id = [](const auto& entry) { return entry.contact.id; };
constexpr auto contact_id = [](const Contact& contact) { return contact.id; };

}  // namespace

template <class Visit>
void RoutingTable::visit(Visit visit) const {
  for (const auto& [bits, bucket] : buckets_) {
    for (const Entry& entry : bucket.entries) visit(entry);
  }
}

bool RoutingTable::heard_from(const Contact& contact) {
  if (contact.id == self_) return false;
  if (contact.addresses.empty()) {
    forget(contact.id);
    return false;
  }
  Bucket& bucket = bucket_of(contact.id);
  const auto entry = find_peer(bucket.entries, contact.id, entry_id);
  if (entry == bucket.entries.end()) return admit(bucket, contact);
  const bool was_usable = entry->usable();
  entry->contact = contact;
  entry->failures = 0;
  return !was_usable;
}

bool RoutingTable::admit(Bucket& bucket, const Contact& contact) {
  const auto spare = find_peer(bucket.spares, contact.id, contact_id);
  if (spare != bucket.spares.end()) bucket.spares.erase(spare);
  if (bucket.entries.size() >= replication) {
    const auto suspect = std::find_if(bucket.entries.begin(), bucket.entries.end(),
                                      [](const Entry& entry) { return !entry.usable(); });
    if (suspect == bucket.entries.end()) {
      keep_spare(bucket, contact);
      return false;
    }
    bucket.entries.erase(suspect);
  }
  bucket.entries.push_back(Entry{contact, 0, {}});
  return true;
}

void RoutingTable::forget(const PeerId& peer) {
  const auto found = buckets_.find(shared_bits(self_, peer));
  if (found == buckets_.end()) return;
  Bucket& bucket = found->second;
  std::erase_if(bucket.spares, [&](const Contact& spare) { return spare.id == peer; });
  const auto gone =
      std::erase_if(bucket.entries, [&](const Entry& entry) { return entry.contact.id == peer; });
  if (gone == 0 || bucket.spares.empty()) return;
  bucket.entries.push_back(Entry{bucket.spares.back(), 0, {}});
  bucket.spares.pop_back();
}

void RoutingTable::keep_spare(Bucket& bucket, const Contact& contact) {
  if (bucket.spares.size() == replication) bucket.spares.erase(bucket.spares.begin());
  bucket.spares.push_back(contact);
}

bool RoutingTable::failed(const PeerId& peer, Time now) {
  const auto found = buckets_.find(shared_bits(self_, peer));
  if (found == buckets_.end()) return false;
  Bucket& bucket = found->second;
  const auto spare = find_peer(bucket.spares, peer, contact_id);
  if (spare != bucket.spares.end()) bucket.spares.erase(spare);
  const auto entry = find_peer(bucket.entries, peer, entry_id);
  if (entry == bucket.entries.end()) return false;
  const bool was_usable = entry->usable();
  ++entry->failures;
  entry->probe_at = now + probe_delay(entry->failures);
  if (!bucket.spares.empty()) {
    bucket.entries.erase(entry);
    bucket.entries.push_back(Entry{bucket.spares.back(), 0, {}});
    bucket.spares.pop_back();
  }
  return was_usable;
}

// Those who share more bits with this peer than the target does are all as far from the target;
// those of its own bucket are closer, and those of each bucket below farther than the one above.
std::vector<const Contact*> RoutingTable::ranked(const DirectoryKey& target,
                                                 std::size_t count) const {
  std::vector<const Contact*> ranked;
  const auto add = [&](auto from, auto to) {
    const auto sorted = static_cast<std::ptrdiff_t>(ranked.size());
    for (; from != to; ++from) {
      for (const Entry& entry : from->second.entries) {
        if (entry.usable()) ranked.push_back(&entry.contact);
      }
    }
    std::sort(ranked.begin() + sorted, ranked.end(), [&](const Contact* one, const Contact* other) {
      return closer(one->id, other->id, target);
    });
  };
  const auto above = buckets_.upper_bound(shared_bits(self_, target));
  auto bucket = buckets_.lower_bound(shared_bits(self_, target));
  add(bucket, above);
  if (ranked.size() < count) add(above, buckets_.end());
  while (ranked.size() < count && bucket != buckets_.begin()) {
    const auto behind = bucket--;
    add(bucket, behind);
  }
  ranked.resize(std::min(count, ranked.size()));
  return ranked;
}

std::vector<Contact> RoutingTable::closest(const DirectoryKey& target, std::size_t count) const {
  std::vector<Contact> out;
  for (const Contact* contact : ranked(target, count)) out.push_back(*contact);
  return out;
}

std::vector<const Contact*> RoutingTable::closest_besides(const PeerId& peer,
                                                          const DirectoryKey& target) const {
  std::vector<const Contact*> out = ranked(target, replication + 1);
  std::erase_if(out, [&](const Contact* contact) { return contact->id == peer; });
  out.resize(std::min(replication, out.size()));
  return out;
}

bool RoutingTable::among_closest(const PeerId& peer, const DirectoryKey& target) const {
  std::size_t ahead = 0;
  visit([&](const Entry& entry) {
    ahead += entry.usable() && closer(entry.contact.id, peer, target);
  });
  return ahead < replication;
}

std::vector<Contact> RoutingTable::contacts() const {
  std::vector<Contact> out;
  visit([&](const Entry& entry) {
    if (entry.usable()) out.push_back(entry.contact);
  });
  visit([&](const Entry& entry) {
    if (!entry.usable()) out.push_back(entry.contact);
  });
  return out;
}

std::size_t RoutingTable::usable() const {
  std::size_t count = 0;
  visit([&](const Entry& entry) { count += entry.usable(); });
  return count;
}

std::size_t RoutingTable::estimated_peers() const {
  const auto neighbours = ranked(place_of(self_), replication);
  const std::size_t known = usable() + 1;
  if (neighbours.size() < replication) return known;
  const auto farthest = static_cast<double>(leading_distance(neighbours.back()->id, self_));
  const double density = static_cast<double>(replication) / std::max(farthest, 1.0);
  return std::max(known, static_cast<std::size_t>(std::min(density * 0x1.0p64, 0x1.0p32)));
}

const RoutingTable::Entry* RoutingTable::find(const PeerId& peer) const {
  const auto bucket = buckets_.find(shared_bits(self_, peer));
  if (bucket == buckets_.end()) return nullptr;
  const auto entry = find_peer(bucket->second.entries, peer, entry_id);
  return entry == bucket->second.entries.end() ? nullptr : &*entry;
}

bool RoutingTable::contains(const PeerId& peer) const { return find(peer) != nullptr; }

bool RoutingTable::suspects(const PeerId& peer) const {
  const Entry* entry = find(peer);
  return entry != nullptr && !entry->usable();
}

std::optional<Contact> RoutingTable::next_probe(Time now) {
  for (auto& [bits, bucket] : buckets_) {
    for (Entry& entry : bucket.entries) {
      if (entry.usable() || entry.probe_at > now) continue;
      entry.probe_at = now + probe_delay(entry.failures);
      return entry.contact;
    }
  }
  return std::nullopt;
}

std::optional<Contact> RoutingTable::one_of_many_suspects(Random& random) const {
  std::vector<const Contact*> suspects;
  for (const auto& [bits, bucket] : buckets_) {
    for (const Entry& entry : bucket.entries) {
      if (!entry.usable()) suspects.push_back(&entry.contact);
    }
  }
  if (suspects.size() < std::max<std::size_t>(1, usable() / many_suspects)) return std::nullopt;
  return *suspects[random.below(suspects.size())];
}

std::vector<DirectoryKey> RoutingTable::far_targets(Random& random) const {
  std::vector<DirectoryKey> out;
  const std::vector<Contact> neighbours = closest(place_of(self_));
  if (neighbours.size() < replication) return out;
  const std::size_t last = shared_bits(self_, neighbours.back().id);
  for (std::size_t bits = 0; bits <= last; ++bits) {
    DirectoryKey target;
    random.fill(target.bytes);
    // The first `bits` bits as ours, the next one different, the rest as drawn.
    for (std::size_t bit = 0; bit <= bits; ++bit) {
      const std::byte mask = std::byte{0x80} >> (bit % 8);
      const std::byte ours = self_.bytes[bit / 8] & mask;
      const std::byte wanted = bit < bits ? ours : ours ^ mask;
      target.bytes[bit / 8] = (target.bytes[bit / 8] & ~mask) | wanted;
    }
    out.push_back(target);
  }
  return out;
}

}  // namespace moshpit
