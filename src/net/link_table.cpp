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
  const auto known = peers_.find(peer);
  if (known == peers_.end()) return dead;
  for (LinkId link : known->second.links) {
    if (links_.at(link).incarnation != incarnation) dead.push_back(link);
  }
  return dead;
}

std::optional<LinkId> LinkTable::open(LinkId link, const LinkFacts& facts) {
  links_.add(link, facts);
  OfPeer& of_peer = peers_[facts.peer];
  of_peer.links.push_back(link);
  const auto earlier = of_peer.standing;
  if (earlier && !better(facts, links_.at(*earlier))) return link;
  of_peer.standing = link;
  if (!earlier) ++standing_;
  return earlier;
}

void LinkTable::retire(LinkId link) {
  OfPeer& of_peer = peers_.at(links_.at(link).peer);
  if (of_peer.standing != link) return;
  of_peer.standing.reset();
  --standing_;
}

bool LinkTable::close(LinkId link) {
  retire(link);
  const auto peer = peers_.find(links_.take(link)->peer);
  std::erase(peer->second.links, link);
  if (!peer->second.links.empty()) return false;
  peers_.erase(peer);
  return true;
}

std::optional<LinkId> LinkTable::find(const PeerId& peer) const {
  const auto known = peers_.find(peer);
  return known == peers_.end() ? std::nullopt : known->second.standing;
}

std::vector<PeerId> LinkTable::peers() const {
  std::vector<PeerId> out;
  for (const auto& [link, facts] : links_) {
    if (find(facts.peer) == link) out.push_back(facts.peer);
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<LinkId> LinkTable::surplus(Time now, const IdleSince& idle_since) const {
  std::vector<LinkId> out;
  if (standing_ <= limit) return out;
  std::vector<std::pair<Time, LinkId>> idle;
  for (const auto& [link, facts] : links_) {
    if (find(facts.peer) != link) continue;
    const auto since = idle_since(link);
    if (since && *since <= now) idle.emplace_back(*since, link);
  }
  std::sort(idle.begin(), idle.end());
  std::size_t left = standing_;
  for (const auto& [since, link] : idle) {
    if (left <= limit || (left <= hard_limit && since > now - idle_after)) break;
    out.push_back(link);
    --left;
  }
  return out;
}

}  // namespace moshpit
