// RoutingTable: whom this peer knows, many of its neighbours and a few of everybody else. A pure
// machine.
//
// Contacts stand in buckets by the number of leading bits that they share with this peer, at most
// `replication` in each. Who has been there longest stays (a peer that has been up for long stays
// up longest); newcomers wait as spares and take the place of one that failed. A contact that
// failed without a spare is kept as a suspect, out of everybody's way, and is probed less and less
// often, so that a peer that lost its own network for a while still knows whom to come back to.
// Only contacts that were heard from themselves get in, and none without addresses.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "base/address.hpp"
#include "base/random.hpp"
#include "directory/distance.hpp"
#include "moshpit/time.hpp"

namespace moshpit {

class RoutingTable {
 public:
  explicit RoutingTable(const PeerId& self) : self_(self) {}

  // This contact asked or answered. True if it is usable now and was not before: what it ought to
  // hold is handed to it. Whoever accepts no connections any more is forgotten.
  bool heard_from(const Contact& contact);

  // It did not answer. True if it was usable until now.
  bool failed(const PeerId& peer, Time now);

  // The usable contacts that are closest to the target, the closest first.
  std::vector<Contact> closest(const DirectoryKey& target, std::size_t count = replication) const;

  // As many as are closest without this peer, where they stand: until the table changes.
  std::vector<const Contact*> closest_besides(const PeerId& peer, const DirectoryKey& target) const;

  // Whether fewer than `replication` usable contacts are closer to the target than the peer.
  bool among_closest(const PeerId& peer, const DirectoryKey& target) const;

  // Everybody in the table, usable ones first: what is worth saving.
  std::vector<Contact> contacts() const;
  std::size_t usable() const;
  // How many peers there are, this one included: as dense as they are around it, if it does not
  // know all of them.
  std::size_t estimated_peers() const;
  bool contains(const PeerId& peer) const;
  bool suspects(const PeerId& peer) const;

  // A suspect that it is time to ask again; it is not named again until its next time.
  std::optional<Contact> next_probe(Time now);

  // If so many are suspects that this peer may be cut off from part of the run: any of them,
  // whether or not it is time to ask it.
  std::optional<Contact> one_of_many_suspects(Random& random) const;

  // Ids to look up so that every bucket is heard of that is as far as the last of the closest
  // neighbours, or farther. None while fewer neighbours are known: those that are closer have been
  // met by looking up this peer itself.
  std::vector<DirectoryKey> far_targets(Random& random) const;

 private:
  struct Entry {
    Contact contact;
    unsigned failures = 0;  // in a row
    Time probe_at{};        // of a suspect
    bool usable() const { return failures == 0; }
  };
  struct Bucket {
    std::vector<Entry> entries;   // who came first stands first
    std::vector<Contact> spares;  // who was heard from last stands last
  };

  Bucket& bucket_of(const PeerId& peer) { return buckets_[shared_bits(self_, peer)]; }
  const Entry* find(const PeerId& peer) const;
  static bool admit(Bucket& bucket, const Contact& contact);
  void forget(const PeerId& peer);
  static void keep_spare(Bucket& bucket, const Contact& contact);
  template <class Visit>
  void visit(Visit visit) const;
  std::vector<const Contact*> ranked(const DirectoryKey& target, std::size_t count) const;

  PeerId self_;
  std::map<std::size_t, Bucket> buckets_;  // by shared bits
};

}  // namespace moshpit
