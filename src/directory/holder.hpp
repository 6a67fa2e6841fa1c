// Holder: what this peer does for the run's records: it keeps them, answers for them and pushes
// changes to those who watch. An outbound-only peer holds nothing, because nobody can come and ask
// it. One thread: the loop's.
#pragma once

#include <vector>

#include "directory/routing_table.hpp"
#include "directory/storage.hpp"
#include "directory/watches.hpp"
#include "net/network.hpp"
#include "wire/directory_messages.hpp"

namespace moshpit {

// Whether holders hand on a record that is to live for so long. What its publisher would renew
// before they do for the first time is not worth it: a newcomer among the holders would be buried
// under what is of no use in a moment.
bool is_handed_on(Duration time_to_live);

class Holder {
 public:
  using Told = std::vector<std::uint64_t>;

  Holder(Network& network, RecordVerifier& verifier, OwnRecords& own, Watches& watches);

  Storage& storage() { return storage_; }
  bool holds() const;

  DirectoryAnswer answer(const Contact& from, const DirectoryQuestion& question,
                         const RoutingTable& table);

  // Keeps what is in order and tells those who watch, but not those to whom `from` brings its own
  // records itself (DirectoryQuestion::told).
  void take(const std::vector<SignedRecord>& records, const PeerId& from, const Told& told = {});

  // A key's records, in portions that fit into a question each.
  std::vector<DirectoryQuestion> portions(const DirectoryKey& key) const;

  // The key has just been handed on, by this peer or another: the next time is due after a while.
  void handed_on(const DirectoryKey& key);
  // A holder of the key is lost: it is due soon, at each remaining holder at another time.
  void hand_on_soon(const DirectoryKey& key);

 private:
  // Those of the closest that the asker does not know.
  void add_closest(const PeerId& asker, const DirectoryQuestion& question,
                   const RoutingTable& table, DirectoryAnswer& answer);
  // Of those under the key that the question did not bring, the wanted ones; none of others if the
  // asker knows the same.
  void add_records(const PeerId& asker, const DirectoryQuestion& question, DirectoryAnswer& answer);
  void take(const VerifiedRecord& record, const PeerId& from, const Told& told);
  void push(const VerifiedRecord& record, const PeerId& from, const Told& told);
  Time later(Duration at_least, Duration spread);

  Network& network_;
  RecordVerifier& verifier_;
  OwnRecords& own_;
  Watches& watches_;
  Storage storage_;
};

}  // namespace moshpit
