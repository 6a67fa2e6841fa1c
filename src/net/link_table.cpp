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

std::optional<LinkId> LinkTable::open(LinkId link, const LinkFacts& facts, Time now) {
  const auto earlier = find(facts.peer);
  MOSHPIT_ASSERT(links_.emplace(link, Entry{facts, now}).second);
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

void LinkTable::use(LinkId link, Time now) { links_.at(link).used = now; }

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

std::optional<LinkId> LinkTable::surplus(Time now, const std::function<bool(LinkId)>& busy) const {
  if (standing_ <= limit) return std::nullopt;
  const Duration idle = standing_ <= hard_limit ? idle_after : Duration{0};
  std::optional<LinkId> oldest;
  for (const auto& [link, entry] : links_) {
    const bool candidate = entry.standing && now - entry.used >= idle &&
                           (!oldest || entry.used < links_.at(*oldest).used);
    if (candidate && !busy(link)) oldest = link;
  }
  return oldest;
}

}  // namespace moshpit
