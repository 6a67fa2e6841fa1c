// Storage: the records that this peer keeps for the run, who watches them, and when they are handed
// on. A machine without I/O.
//
// One record a key and publisher, the one with the greatest version. A record lives for what
// remained of its time to live when it came, counted on this peer's clock; no later copy of the
// same version makes it live longer. What has expired is remembered for a while, so that a copy
// still under way does not bring it back. Quotas bound what anybody can make this peer keep:
// whoever uses up its own displaces what it left here earlier, and nobody else's.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "directory/signed_record.hpp"

namespace moshpit {

// A match key holds at most the members of a few groups; a key that the whole run shares, a record
// a peer.
inline constexpr std::size_t records_per_key_limit = 1024;

// A publisher leaves a record a round under a new key each, for twenty seconds, and is remembered
// there for a minute more: with 25 rounds a second that is so many. Small groups make ten times as
// many rounds: then the oldest go, whose rounds are over for long.
inline constexpr std::size_t records_per_publisher_limit = 2048;

// At most 2 KiB each, typically 300 bytes: 32 MiB at worst.
inline constexpr std::size_t records_limit = 16384;

// Watches follow the same pattern as records.
inline constexpr std::size_t watchers_per_key_limit = 1024;
inline constexpr std::size_t watches_per_peer_limit = 2048;

class Storage {
 public:
  enum class Outcome {
    kept,      // new, or newer than what stood: the watchers want to know
    renewed,   // says what stood already and would for long have: they know
    known,     // the very same record stands already
    outdated,  // a newer one, or another one of the same version, stands or has expired; or nothing
               // of its time to live remains
    refused,   // there is no room
  };
  // `hand_on`: when the key is handed on for the first time, if it is new here.
  Outcome keep(const VerifiedRecord& record, Time now, Time hand_on);

  // Those under the key that are alive, in the order of publishers, with what remains of their time
  // to live now.
  std::vector<VerifiedRecord> under(const DirectoryKey& key, Time now) const;

  // From now on the watcher hears what is kept under the key. False if there is no room.
  bool watch(const DirectoryKey& key, const PeerId& watcher, Time until, Time now);
  void stop_watching(const PeerId& watcher);
  std::vector<PeerId> watchers(const DirectoryKey& key, Time now) const;

  // Keys with a live record whose time to be handed on has come.
  std::vector<DirectoryKey> due(Time now) const;
  void hand_on_at(const DirectoryKey& key, Time time);
  void hand_on_before(const DirectoryKey& key, Time time);

  std::vector<DirectoryKey> keys() const;
  std::size_t size() const { return size_; }
  std::size_t watches() const;  // pairs of a key and a watcher

  // Forgets what nobody asks about any more. Requires: now does not run backwards.
  void expire(Time now);

 private:
  struct Entry {
    VerifiedRecord record;
    Time expires{};
  };
  struct Shelf {
    std::map<PeerId, Entry> records;
    std::map<PeerId, Time> watchers;
    Time hand_on_at{};
  };

  bool make_room(const DirectoryKey& key, const PeerId& publisher);
  void displace_records(const PeerId& publisher);
  static bool says_nothing_new(const VerifiedRecord& record, const Entry& standing, Time now);

  std::map<DirectoryKey, Shelf> shelves_;
  std::map<PeerId, std::size_t> published_;  // how many records of each publisher
  std::map<PeerId, std::size_t> watching_;   // how many keys each watcher watches
  std::size_t size_ = 0;
};

}  // namespace moshpit
