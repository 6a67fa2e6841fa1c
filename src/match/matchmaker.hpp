// Matchmaker: one peer's search for the group of one round. Pure: it is told events and the time,
// answers questions at once, and leaves what is to be sent in take_actions(). tick() decides; call
// it after events and at next_deadline().
//
// The peers under a key are ordered by hash(key, peer), which all compute alike; peers that accept
// no connections come last and never lead. A peer asks only peers that come before it, the first
// one it can reach, and follows at most one of them; a follower has no followers. So nobody ever
// waits in a circle, and whoever has nobody left to ask leads. It hails those who come after it, in
// case they do not know of it. Accepted elsewhere, a leader sends its followers there. A full group
// starts at once, unless it knows of guests: peers that accept no connections, beyond its size, who
// have no other leader. Another one starts when everybody has come who is known to come and a grace
// for unknown ones is over, at the latest when its leader's patience is. Times of different peers
// are never compared.
//
// Invariants: in at most one group. A question or an acceptance that this peer gives up is always
// withdrawn. Over by `patience` + `overtime`, whatever the others do.
//
// Differences from the public code of the paper's authors: the order is by hash, not by deadline;
// no question is held open.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "base/hash.hpp"
#include "base/random.hpp"
#include "match/search.hpp"
#include "moshpit/ids.hpp"
#include "moshpit/time.hpp"
#include "wire/match_messages.hpp"

namespace moshpit {

struct MatchAction {
  enum class Kind {
    join,       // ask `peer`, as question `number`; repeated to see whether a leader is there
    hail,       // hail `peer`
    withdraw,   // tell `peer` that question `number` is void
    redirect,   // tell `peer`, accepted by its question `number`, to go to `leader`
    assembled,  // tell `peer` the group that assembled() holds
  };
  Kind kind;
  Contact peer;
  std::uint32_t number = 0;
  std::optional<Contact> leader;
};

class Matchmaker {
 public:
  // How long beyond its own patience a peer follows leaders with more of it, or looks for another
  // when one falls silent. As long as the longest patience of a first round, so that a newcomer is
  // still waited for.
  static constexpr Duration overtime = std::chrono::seconds(5);
  // A follower grants its leader this much more than it promised: a round trip and a retransmission
  // on a bad link.
  static constexpr Duration leader_margin = std::chrono::milliseconds(500);
  // A follower asks its leader again this often, so that one that froze is not waited for while
  // others start, and a note that was lost with a link is told again. A question is given up after
  // 300 ms on a good link, so this notices it in about half a second.
  static constexpr Duration check_interval = std::chrono::milliseconds(250);
  // Who lost its leader, or waited in vain for an answer, when its own patience was over has this
  // long to find the others to whom the same happened.
  static constexpr Duration second_patience = std::chrono::milliseconds(500);

  Matchmaker(Contact self, RunId run, Search search, Time now, Random random);

  // Somebody announced itself under the key.
  void candidate(const Contact& peer);
  // It does so no longer.
  void candidate_left(const PeerId& peer);
  // Whoever announced itself before this search began is a candidate by now.
  void informed() { informed_ = true; }
  // It asked before this search began, and waits to be hailed or redirected.
  void early_candidate(const Contact& peer);

  // Questions of others, also when the search is over: there may be actions to take then.
  MatchAnswer join(Time now, const Contact& peer, std::uint32_t number,
                   std::uint64_t bandwidth = 0);
  MatchAnswer hail(const Contact& peer);

  // What came of own questions. `unreachable`: no answer, in time or at all.
  void answered(Time now, const PeerId& peer, std::uint32_t number, const MatchAnswer& answer);
  void unreachable(Time now, const PeerId& peer, std::uint32_t number);
  void hail_answered(const PeerId& peer, const MatchAnswer& answer);
  void hail_failed(const PeerId& peer);

  // Notes of others.
  void withdrew(const PeerId& peer, std::uint32_t number);
  void redirected(Time now, const PeerId& by, const Redirection& redirection);
  // False if this peer does not join: its search is over, or it never asked that leader. Requires:
  // is_sound().
  bool joins(const PeerId& leader, const Assembled& assembled);

  // The last link to the peer closed.
  void disconnected(Time now, const PeerId& peer);

  // Nobody else will come: what has come is enough from now on.
  void hurry(Time now);

  void tick(Time now);
  Time next_deadline() const;

  // Ends the search without a group and takes leave of everybody.
  void abandon();

  std::vector<MatchAction> take_actions();

  bool over() const { return over_; }
  // The group, once over; nothing if alone.
  const std::optional<Assembled>& assembled() const { return assembled_; }
  const Search& search() const { return search_; }

  // "waiting for 1 more peer: 0.3 s of at most 1.5 s".
  std::string explain(Time now) const;

 private:
  enum class Standing {
    fresh,        // may be asked
    later,        // said no for now: fresh again if it hails, or if somebody follows it
    unreachable,  // fresh again if it hails
    gone,         // in a group or elsewhere
  };
  struct Candidate {
    Contact contact;
    Digest rank;
    Standing standing = Standing::fresh;
    bool hailed = false;
    bool waits = false;    // asked early
    bool silent = false;   // was hailed in vain, and may come by itself until the grace is over
    bool doubted = false;  // its link closed and it was not heard from since
  };
  struct Follower {
    Contact contact;
    std::uint32_t number;
    std::uint64_t bandwidth;
  };
  // The peer that was asked, or that is followed.
  struct Tie {
    Contact peer;
    std::uint32_t number;
    Time since;
    Time until;     // followed only, as is
    Time check_at;  // when to ask whether it is still there
  };

  static bool is(const std::optional<Tie>& tie, const PeerId& peer, std::uint32_t number);
  static bool comes_before(const Candidate& one, const Candidate& other);
  Candidate make_candidate(const Contact& contact) const;
  Candidate* learn(const Contact& contact);
  Candidate* hear_from(const Contact& contact);
  Candidate* find(const PeerId& peer);
  void set_standing(const PeerId& peer, Standing standing);
  void learn_leader(const std::optional<Contact>& contact);
  bool names_me(const MatchAnswer& answer) const;
  void learn_started(const PeerId& peer, const MatchAnswer& answer);

  Candidate* best_to_ask();
  bool full() const;
  bool is_crowded() const;
  bool complete() const;
  bool is_missing(const Candidate& candidate) const;
  bool should_start(Time now) const;
  bool nobody_missing() const;
  MatchAnswer answer_when_over() const;

  void ask(const Contact& peer, Time now);
  void hail_the_others();
  void follow(Time now, Duration remaining);
  void disband(const std::optional<Contact>& leader);
  void promised(Time now, Duration remaining);
  void lose_leader(Time now);
  void give_up_leader(Time now);
  void check_leader(Time now);
  void extend_patience(Time now);
  void withdraw_question();
  void start();
  void act(MatchAction::Kind kind, const Contact& peer, std::uint32_t number = 0,
           std::optional<Contact> leader = std::nullopt);

  RunId run_;
  Search search_;
  Random random_;
  Candidate self_;
  bool can_lead_;

  Time began_;
  Time grace_until_;
  Time lead_until_;
  Time give_up_;

  std::map<PeerId, Candidate> candidates_;
  std::map<PeerId, Follower> followers_;
  std::map<PeerId, std::uint32_t> withdrawn_;  // a question up to this number came too late
  std::set<PeerId> tried_;                     // whom this peer has asked
  std::optional<Tie> asked_;
  std::optional<Tie> leader_;
  std::uint32_t questions_ = 0;
  Time last_arrival_;

  bool informed_ = false;
  bool grace_over_ = false;
  bool over_ = false;
  std::optional<Assembled> assembled_;
  std::vector<MatchAction> actions_;
};

}  // namespace moshpit
