// LinkTable: which of the links to a peer is used, and which are given up. A pure machine.
//
// Of several links to one peer the one dialled by the smaller id stays, and of those with the same
// dialler the one it dialled last: both sides see the same facts and need not talk about it. The
// others are *retired*: nothing new is sent on them, and they close when both sides have nothing
// under way. Links beyond the limit retire too, least recently used first, once they are idle.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/flat_map.hpp"
#include "moshpit/ids.hpp"
#include "moshpit/time.hpp"

namespace moshpit {

// Of this peer's own counting; means nothing to others.
using LinkId = std::uint64_t;

struct LinkFacts {
  PeerId peer;
  PeerId dialler;
  std::uint64_t dial_number = 0;  // counted by the dialler
  std::uint64_t incarnation = 0;  // of the peer
};

class LinkTable {
 public:
  // A link costs two TLS states and a socket; rounds and a routing table of some hundred peers do
  // with this many.
  static constexpr std::size_t limit = 128;
  // A link that is given up while the other side begins to use it costs a round a member. Whoever
  // was not needed for so long is hardly needed at this very moment.
  static constexpr Duration idle_after = std::chrono::seconds(1);
  // So many are not kept even if all are in use.
  static constexpr std::size_t hard_limit = 4 * limit;

  // Links to a former life of the peer: they lead nowhere.
  std::vector<LinkId> outlived(const PeerId& peer, std::uint64_t incarnation) const;

  // The link is ready for use. Returns the one that is superfluous now, if any, and is retired
  // herewith: an earlier one or this one itself.
  std::optional<LinkId> open(LinkId link, const LinkFacts& facts);

  // Nothing new goes over this link.
  void retire(LinkId link);

  // Forgets the link. True if it was the last one to its peer.
  bool close(LinkId link);

  // The link that stands to this peer.
  std::optional<LinkId> find(const PeerId& peer) const;
  // Peers with a standing link, in the order of their ids.
  std::vector<PeerId> peers() const;

  // So many stand.
  std::size_t standing() const { return standing_; }
  // Links that are known here, retired ones too.
  std::size_t size() const { return links_.size(); }

  // When a link was last used; nothing while it is busy.
  using IdleSince = std::function<std::optional<Time>(LinkId)>;
  // The links to retire because there are too many: the least recently used that are not busy.
  std::vector<LinkId> surplus(Time now, const IdleSince& idle_since) const;

 private:
  struct OfPeer {
    std::optional<LinkId> standing;
    std::vector<LinkId> links;
  };
  static bool better(const LinkFacts& one, const LinkFacts& other);

  FlatMap<LinkId, LinkFacts> links_;
  // Every question begins with a look into this one.
  FlatMap<PeerId, OfPeer> peers_;
  std::size_t standing_ = 0;
};

}  // namespace moshpit
