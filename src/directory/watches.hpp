// Watches: who in this process wants to hear of new records under which key. Bookkeeping only;
// the subscriptions at other peers are the directory's business. One thread: the loop's.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "directory/directory.hpp"
#include "directory/signed_record.hpp"
#include "loop/event.hpp"
#include "loop/task_group.hpp"

namespace moshpit {

class Watches {
 public:
  explicit Watches(const PeerId& self) : self_(self) {}

  // One watch, from its making to its destruction in the list. The list outlives it.
  class Entry final : public Directory::Watch {
   public:
    // `stands`: the value that this peer publishes under the key meanwhile, if any.
    Entry(Watches& watches, Loop& loop, const DirectoryKey& key, std::optional<Bytes> stands);
    ~Entry() override;
    Mailbox<Record>& records() override { return records_; }
    Event& informed() override { return informed_; }
    bool placed() const override { return placed_; }

   private:
    friend class Watches;
    friend class KademliaDirectory;

    // Until the holders are asked again: soon, as long as those who keep the record change, and
    // then ever more rarely.
    Duration next_renewal();
    // What is published is to outlast a renewal that gets lost.
    Duration record_lives() const;
    // Digest of the records that it has seen and that stand beyond the next renewal.
    std::uint64_t known_records() const;
    // The holders have been asked. `closest`: to the key; `keepers`: digest of them, if the record
    // lies with all of them.
    void renewed(std::vector<Contact> closest, std::optional<std::uint64_t> keepers);
    Duration usual_renewal(int before) const;

    Watches& watches_;
    Loop& loop_;
    DirectoryKey key_;
    std::optional<Bytes> stands_;
    Mailbox<Record> records_;
    Event informed_;
    std::vector<Contact> closest_;  // to the key, when they were asked last
    std::optional<std::uint64_t> keepers_;
    bool placed_ = false;     // those who keep the record are the right ones
    int early_renewals_ = 0;  // since it was placed
    int usual_renewals_ = 0;
    struct Seen {
      Version version;
      std::uint64_t content = 0;
      Time expires{};
    };
    std::map<PeerId, Seen> seen_;
    std::set<PeerId> holders_;  // who promised to push
    Event hurry_;               // one of them is gone
    TaskGroup subscription_;    // last, so that it ends first
  };

  bool on(const DirectoryKey& key) const { return entries_.contains(key); }

  // Into the box of every watch on its key, unless the watch has seen this version or the record is
  // this peer's own.
  void deliver(const VerifiedRecord& record);

  // Whoever relied on this peer subscribes elsewhere.
  void holder_lost(const PeerId& peer);

 private:
  PeerId self_;
  std::multimap<DirectoryKey, Entry*> entries_;
};

}  // namespace moshpit
