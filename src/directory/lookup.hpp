// Lookup: the way to the peers that are closest to a key. A pure machine.
//
// Of the known candidates the closest are asked first; each answer brings closer ones. It is done
// when the closest candidates that did not fail, as many as are wanted, have all answered. A
// candidate that is slow stops counting against the number of questions in flight and against the
// window in which the next is chosen, so a dead peer costs waiting at the end and never stops the
// search. Who lies about its neighbours can make it longer, up to a limit.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "base/address.hpp"
#include "directory/distance.hpp"
#include "moshpit/time.hpp"

namespace moshpit {

class Lookup {
 public:
  // `in_flight`: how many questions may be open at a time; `wanted`: how many of the closest must
  // answer.
  Lookup(const PeerId& self, const DirectoryKey& target, std::size_t in_flight,
         std::size_t wanted = replication)
      : self_(self), target_(target), in_flight_(in_flight), wanted_(wanted) {}

  // Where to start. Contacts without addresses, and this peer itself, are passed over.
  void start(const std::vector<Contact>& known);

  std::size_t wanted() const { return wanted_; }

  // More questions may be open at a time from now on.
  void widen(std::size_t in_flight) { in_flight_ = in_flight; }

  // Whom to ask now; nothing if something else has to happen first.
  std::optional<Contact> next(Time now) const;
  void asked(const PeerId& peer, Time slow_at);
  void answered(const PeerId& peer, const std::vector<Contact>& closer);
  void failed(const PeerId& peer);

  // When next() may have a new answer although nobody answered.
  std::optional<Time> next_slow(Time now) const;

  bool done() const;

  // Whether this candidate is, as far as is known, one of the `count` closest.
  bool in_reach(const PeerId& peer, std::size_t count = replication) const;

  // The closest candidates without those that failed, by PeerId::leading(): besides the one that is
  // asked, there is no need that it names them; and who is going to be asked, as far as is known.
  std::vector<std::uint64_t> known_besides(const PeerId& peer) const {
    return names(replication, peer);
  }
  std::vector<std::uint64_t> in_window() const { return names(wanted_, std::nullopt); }

  // The closest that answered, the closest first.
  std::vector<Contact> closest() const;

  std::size_t questions() const { return questions_; }
  std::size_t failures() const { return failures_; }
  // Over how many peers the way led to the closest peer: 1 if it was known from the start.
  std::size_t hops() const;

 private:
  enum class State { unasked, asked, answered, failed };
  struct Candidate {
    Contact contact;
    std::size_t hops = 1;
    State state = State::unasked;
    Time slow_at{};
  };

  void learn(const Contact& contact, std::size_t hops);
  std::vector<std::uint64_t> names(std::size_t count, std::optional<PeerId> besides) const;
  Candidate* find(const PeerId& peer);

  PeerId self_;
  DirectoryKey target_;
  std::size_t in_flight_;
  std::size_t wanted_;
  std::map<Distance, Candidate> candidates_;  // by distance from the target
  std::size_t open_ = 0;  // candidates that were asked and did neither answer nor fail
  std::size_t questions_ = 0;
  std::size_t failures_ = 0;
};

}  // namespace moshpit
