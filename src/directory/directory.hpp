// Directory: signed records under 256-bit keys, each with its own time to live, kept by the members
// of the run themselves. KademliaDirectory (kademlia.hpp) implements it. One thread: the loop's.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "loop/event.hpp"
#include "loop/mailbox.hpp"
#include "loop/task.hpp"
#include "moshpit/ids.hpp"
#include "moshpit/time.hpp"

namespace moshpit {

// One publisher's newest value under one key. The signature has been checked.
struct Record {
  Contact publisher;
  Bytes value;
  std::uint64_t incarnation = 0;
  std::uint64_t sequence = 0;
  Duration time_to_live{0};  // what remains of it
};

class Directory {
 public:
  virtual ~Directory() = default;

  // Publishes this peer's value under the key, replacing its earlier one there, and answers with
  // the other publishers' records that already stand there: whoever came before is learnt in one
  // step. The record lives for `time_to_live` (at most one hour) unless it is announced again.
  virtual Task<std::vector<Record>> announce(DirectoryKey key, Bytes value,
                                             Duration time_to_live) = 0;

  // The same, for those who need not know who else stands there: where many do,
  // their records are most of an answer.
  virtual Task<> publish(DirectoryKey key, Bytes value, Duration time_to_live) = 0;

  // About how many peers the directory has, this one included: exact in a run of a dozen, within
  // a third or so in a larger one.
  virtual std::size_t estimated_peers() const = 0;

  // The records under the key, one a publisher, in the order of publisher ids.
  virtual Task<std::vector<Record>> look_up(DirectoryKey key) = 0;

  // The same from a few of those that keep them: sooner and cheaper, and what was just left there
  // or by somebody who knows few peers may be missing.
  virtual Task<std::vector<Record>> glance(DirectoryKey key) = 0;

  // Puts into the box each record of another publisher under the key that is new or changed since
  // it was last seen: first those that stand, then each as soon as the holders of the key push it.
  // Destroying the watch ends it.
  class Watch {
   public:
    virtual ~Watch() = default;
    virtual Mailbox<Record>& records() = 0;
    // Set once holders have told what stood under the key when the watch began: whoever announced
    // itself there before is in the box by then.
    virtual Event& informed() = 0;
    // Whether what it publishes lies with those who are asked for it, as far as is known.
    virtual bool placed() const = 0;
  };
  virtual std::unique_ptr<Watch> watch(DirectoryKey key) = 0;

  // Watches the key and stands under it: publishes the value, in the same questions, and again for
  // as long as the watch lives. What is left of the record when it ends expires by itself.
  virtual std::unique_ptr<Watch> attend(DirectoryKey key, Bytes value) = 0;
};

}  // namespace moshpit
