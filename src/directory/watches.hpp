// Watches: who in this process wants to hear of new records under which key. Bookkeeping only;
// the subscriptions at other peers are the directory's business. One thread: the loop's.
#pragma once

#include <map>
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
    Entry(Watches& watches, Loop& loop, const DirectoryKey& key);
    ~Entry() override;
    Mailbox<Record>& records() override { return records_; }

   private:
    friend class Watches;
    friend class KademliaDirectory;

    Watches& watches_;
    DirectoryKey key_;
    Mailbox<Record> records_;
    std::map<PeerId, Version> seen_;
    std::set<PeerId> holders_;  // who promised to push
    bool covered_ = false;      // an announcement under its key subscribes, or has just done so
    Event hurry_;               // one of them is gone
    TaskGroup subscription_;    // last, so that it ends first
  };

  bool on(const DirectoryKey& key) const { return entries_.contains(key); }

  // Into the box of every watch on its key, unless the watch has seen this version or the record is
  // this peer's own.
  void deliver(const VerifiedRecord& record);

  // An announcement under the key begins, which subscribes as well; and has ended.
  void cover(const DirectoryKey& key);
  void subscribed(const DirectoryKey& key, const std::set<PeerId>& holders);

  // Whoever relied on this peer subscribes elsewhere.
  void holder_lost(const PeerId& peer);

 private:
  PeerId self_;
  std::multimap<DirectoryKey, Entry*> entries_;
};

}  // namespace moshpit
