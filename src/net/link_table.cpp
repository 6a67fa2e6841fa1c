#include "net/link_table.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/assert.hpp"

namespace moshpit {

bool LinkTable::better(const LinkFacts& one, const LinkFacts& other) {
  return std::tie(one.dialler, other.dial_number) < std::tie(other.dialler, one.dial_number);
}

std::vector<LinkId> LinkTable::outlived(const PeerId& peer, std::uint64_t incarnation) const {
  std::vector<LinkId> dead;
  const auto known = by_peer_.find(peer);
  if (known == by_peer_.end()) return dead;
  for (LinkId link : known->second) {
    if (links_.at(link).facts.incarnation != incarnation) dead.push_back(link);
  }
  return dead;
}

std::optional<LinkId> LinkTable::open(LinkId link, const LinkFacts& facts) {
  const auto earlier = find(facts.peer);
  MOSHPIT_ASSERT(links_.emplace(link, Entry{facts}).second);
  by_peer_[facts.peer].push_back(link);
  ++standing_;
  if (!earlier) return std::nullopt;
  const LinkId worse = better(facts, links_.at(*earlier).facts) ? *earlier : link;
  retire(worse);
  return worse;
}

void LinkTable::retire(LinkId link) {
  Entry& entry = links_.at(link);
  if (std::exchange(entry.standing, false)) --standing_;
}

bool LinkTable::close(LinkId link) {
  retire(link);
  const auto entry = links_.find(link);
  const auto peer = by_peer_.find(entry->second.facts.peer);
  std::erase(peer->second, link);
  links_.erase(entry);
  if (!peer->second.empty()) return false;
  by_peer_.erase(peer);
  return true;
}

std::optional<LinkId> LinkTable::find(const PeerId& peer) const {
  const auto known = by_peer_.find(peer);
  if (known == by_peer_.end()) return std::nullopt;
  for (LinkId link : known->second) {
    if (links_.at(link).standing) return link;
  }
  return std::nullopt;
}

std::vector<PeerId> LinkTable::peers() const {
  std::vector<PeerId> out;
  for (const auto& [peer, links] : by_peer_) {
    if (find(peer)) out.push_back(peer);
  }
  return out;
}

std::optional<LinkId> LinkTable::surplus(Time now, const IdleSince& idle_since) const {
  if (standing_ <= limit) return std::nullopt;
  const Time latest = standing_ <= hard_limit ? now - idle_after : now;
  std::optional<LinkId> oldest;
  std::optional<Time> longest;
  for (const auto& [link, entry] : links_) {
    const auto idle = entry.standing ? idle_since(link) : std::nullopt;
    if (!idle || *idle > latest || (longest && *idle >= *longest)) continue;
    oldest = link;
    longest = idle;
  }
  return oldest;
}

}  // namespace moshpit
