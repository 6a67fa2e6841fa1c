// KademliaDirectory: the directory as a distributed hash table over the links that the run has
// anyway.
//
// A record lies with the `replication` peers whose ids are closest to its key. To announce is to
// walk there, leave the record and take along what lies there: of two peers that announce at the
// same time, whoever comes second to a holder that both reach learns of the first, and the first is
// told if it watches. Outbound-only peers ask and are told, and hold nothing. The decisions are in
// routing_table.hpp, lookup.hpp and storage.hpp. One thread: the loop's.
//
// Differences from the paper (Maymounkov and Mazieres, 2002): contacts are learnt only from those
// who asked or answered themselves, because ids are proven on a link; a slow peer opens the way for
// the next question; storing answers with what stands there; holders push changes to watchers.
#pragma once

#include <memory>
#include <vector>

#include "directory/directory.hpp"
#include "directory/holder.hpp"
#include "directory/neighbourhood.hpp"
#include "directory/upkeep.hpp"
#include "moshpit/result.hpp"
#include "net/network.hpp"

namespace moshpit {

class KademliaDirectory final : public Directory, public Service {
 public:
  // Requires: the network outlives it, and every watch and every task of its ends before it does.
  explicit KademliaDirectory(Network& network);
  ~KademliaDirectory() override;

  // Joins through any of these contacts. ErrorCode::unreachable if none answers; an empty list is
  // fine, for the first peer.
  Task<Result<void>> bootstrap(std::vector<Contact> known);

  // Whom to come back to: worth saving.
  std::vector<Contact> known_peers() const { return neighbourhood_.table().contacts(); }

  // Requires: the value has at most record_value_limit bytes.
  Task<std::vector<Record>> announce(DirectoryKey key, Bytes value, Duration time_to_live) override;
  Task<> publish(DirectoryKey key, Bytes value, Duration time_to_live) override;
  std::size_t estimated_peers() const override { return neighbourhood_.table().estimated_peers(); }
  Task<std::vector<Record>> look_up(DirectoryKey key) override;
  Task<std::vector<Record>> glance(DirectoryKey key) override;
  std::unique_ptr<Watch> watch(DirectoryKey key) override;
  std::unique_ptr<Watch> attend(DirectoryKey key, Bytes value) override;

  Task<Bytes> answer(Contact from, Bytes question) override;
  void hear(const PeerId& from, Bytes message) override;
  void disconnected(const PeerId& peer, LinkEnd end) override;

  const Neighbourhood::Counters& counters() const { return neighbourhood_.counters(); }
  std::size_t records_held() { return holder_.storage().size(); }
  std::size_t watches_held() { return holder_.storage().watches(); }

 private:
  std::unique_ptr<Watch> open_watch(DirectoryKey key, std::optional<Bytes> stands);
  Task<std::vector<Record>> read(DirectoryKey key, std::size_t holders);
  SignedRecord sign(const DirectoryKey& key, Bytes value, Duration time_to_live);
  Task<std::vector<Record>> publish(DirectoryKey key, Bytes value, Duration time_to_live,
                                    WantedRecords wanted);
  Task<> leave_with_holders(Inquiry& inquiry, SignedRecord record);
  Task<> keep_subscribed(Watches::Entry& watch);
  Duration pause_after(Watches::Entry& subscribed);
  Task<> subscribe(Watches::Entry& watch);

  DirectoryQuestion question_for_holders(const DirectoryKey& key, WantedRecords wanted) const;
  void hold_if_close(const SignedRecord& record, const Inquiry& inquiry);
  void tell_watches_of(Inquiry& inquiry);
  void add_held(Inquiry& inquiry);
  bool overtaken(const Inquiry& inquiry);

  Network& network_;
  RecordVerifier verifier_;
  OwnRecords own_;
  Watches watches_;
  Neighbourhood neighbourhood_;
  Holder holder_;
  Upkeep upkeep_;
};

}  // namespace moshpit
