// Neighbourhood: asks other peers, keeps the routing table up to date with what becomes of it, and
// walks a look-up to its end. Whoever asks or answers is known from then on; who does not answer in
// the time that its link has shown to be enough steps aside. One thread: the loop's.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "directory/lookup.hpp"
#include "directory/routing_table.hpp"
#include "directory/signed_record.hpp"
#include "loop/event.hpp"
#include "net/network.hpp"
#include "wire/directory_messages.hpp"

namespace moshpit {

// One look-up on its way, and what it has brought so far.
struct Inquiry {
  Inquiry(Network& network, const DirectoryKey& target, WantedRecords wanted = WantedRecords::none,
          std::size_t closest_wanted = replication);

  DirectoryKey key;
  DirectoryQuestion on_the_way;                  // asked of everyone
  std::optional<DirectoryQuestion> for_holders;  // asked of the closest, instead or in the end
  // Instead also of those who may turn out not to be the closest: few more copies for half of the
  // questions. For records that soon expire.
  bool leaves_copies = false;
  Lookup lookup;
  bool prepared = false;
  double spacing = 0;                                // of peers around the key, as far as is known
  std::set<PeerId> holders;                          // who answered the question for holders
  std::set<PeerId> tellers;                          // of them, who told what stands there
  std::set<PeerId> pushers;                          // of them, whom it asked to push changes
  std::map<PeerId, VerifiedRecord> records;          // the newest of each publisher
  std::function<void(const VerifiedRecord&)> heard;  // called as records come in, if set
  // Called after each answer once it is known who the holders are, if set.
  std::function<void()> holder_answered;
  Event progress;  // somebody answered or failed

  void found(const VerifiedRecord& record);
  void answered_by_holder(const PeerId& peer, const DirectoryQuestion& question);
  // Whether this one answered all that is asked here.
  bool has_asked(const PeerId& holder, const DirectoryQuestion& question) const;
  // How many of the closest have told what stands there.
  std::size_t tellers_in_reach() const;
};

class Neighbourhood {
 public:
  Neighbourhood(Network& network, RecordVerifier& verifier);

  const RoutingTable& table() const { return table_; }

  // Asks and decodes. Nothing if there was no link, no answer in time, or no sense in it.
  Task<std::optional<DirectoryAnswer>> ask(Contact to, DirectoryQuestion question);

  // How many copies of a record that soon expires there should be.
  std::size_t brief_copies() const;

  // Finds out whom to ask, as far as is known: the beginning of a walk, for whoever has to do
  // something in between.
  void prepare(Inquiry& inquiry) const;

  // Walks until the peers closest to the key have answered, and then asks them the question for
  // holders.
  Task<> walk(Inquiry& inquiry);

  // After the walk: digest of the closest, if all of them answered as holders, and are as many as
  // there should be.
  std::optional<std::uint64_t> keepers(const Inquiry& inquiry) const;

  void heard_from(const Contact& contact);
  void link_closed(const PeerId& peer);

  // What has happened since it was last taken.
  struct News {
    std::vector<Contact> arrived;  // usable from now on
    std::vector<PeerId> lost;      // not usable any more
    std::vector<Contact> doubted;  // a neighbour's link closed: it may be dead
  };
  News take_news();
  Event& news_came() { return news_came_; }
  std::optional<Contact> next_probe() { return table_.next_probe(network_.loop().now()); }
  std::vector<DirectoryKey> far_targets() { return table_.far_targets(network_.loop().random()); }

  struct Counters {
    std::uint64_t walks = 0;
    std::uint64_t questions = 0;
    std::uint64_t failures = 0;
    std::uint64_t hops = 0;  // the sum over all walks
  };
  const Counters& counters() const { return counters_; }

 private:
  Task<> visit(Inquiry& inquiry, Contact to);
  Task<> visit_holder(Inquiry& inquiry, Contact to, DirectoryQuestion question);
  Task<> visit_holders(Inquiry& inquiry);
  DirectoryQuestion question_for(const Inquiry& inquiry, const PeerId& holder) const;
  bool in_reach(const Inquiry& inquiry, const PeerId& peer, std::size_t count) const;
  Task<std::optional<DirectoryAnswer>> ask_all_pages(Inquiry& inquiry, Contact to,
                                                     DirectoryQuestion question);
  void lost(const PeerId& peer);
  bool is_small() const;
  Time slow_at(const PeerId& peer) const;
  std::vector<Contact> without_suspects(std::vector<Contact> contacts) const;

  Network& network_;
  RecordVerifier& verifier_;
  RoutingTable table_;
  std::set<PeerId> slow_;  // suspects whose link stands; nobody was told that they are lost
  News news_;
  Event news_came_;
  Counters counters_;
};

}  // namespace moshpit
