#include "match/matchmaker.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <tuple>
#include <utility>

#include "match/assemble.hpp"
#include "moshpit/grid.hpp"

namespace moshpit {
namespace {

// More peers than this are never under one key of a sane grid. Foreign peers cannot make the list
// longer.
constexpr std::size_t candidate_limit = 1024;

}  // namespace

Matchmaker::Matchmaker(Contact self, RunId run, Search search, Time now, Random random)
    : run_(run),
      search_(search),
      random_(random),
      self_(make_candidate(self)),
      can_lead_(!self.addresses.empty()),
      began_(now),
      grace_until_(now + std::min(search.grace, search.patience)),
      lead_until_(now + search.patience),
      give_up_(lead_until_ + overtime),
      last_arrival_(now) {}

// --- who is there ---

bool Matchmaker::comes_before(const Candidate& one, const Candidate& other) {
  const auto order = [](const Candidate& candidate) {
    return std::tuple(candidate.contact.addresses.empty(), candidate.rank, candidate.contact.id);
  };
  return order(one) < order(other);
}

Matchmaker::Candidate Matchmaker::make_candidate(const Contact& contact) const {
  return Candidate{contact, Hasher().add(search_.key.bytes).add(contact.id.bytes).digest()};
}

Matchmaker::Candidate* Matchmaker::find(const PeerId& peer) {
  const auto found = candidates_.find(peer);
  return found == candidates_.end() ? nullptr : &found->second;
}

Matchmaker::Candidate* Matchmaker::learn(const Contact& contact) {
  if (contact.id == self_.contact.id) return nullptr;
  if (Candidate* const known = find(contact.id)) {
    if (known->contact.addresses.empty()) known->contact = contact;
    return known;
  }
  if (candidates_.size() >= candidate_limit) return nullptr;
  return &candidates_.emplace(contact.id, make_candidate(contact)).first->second;
}

Matchmaker::Candidate* Matchmaker::hear_from(const Contact& contact) {
  Candidate* const candidate = learn(contact);
  if (candidate) candidate->doubted = false;
  return candidate;
}

void Matchmaker::set_standing(const PeerId& peer, Standing standing) {
  Candidate* const candidate = find(peer);
  if (candidate && candidate->standing != Standing::gone) candidate->standing = standing;
}

// Somebody follows this peer, so it looks for a group by now.
void Matchmaker::learn_leader(const std::optional<Contact>& contact) {
  Candidate* const leader = contact ? learn(*contact) : nullptr;
  if (leader && leader->standing == Standing::later) leader->standing = Standing::fresh;
}

bool Matchmaker::names_me(const MatchAnswer& answer) const {
  const auto me = std::find(answer.members.begin(), answer.members.end(), self_.contact.id);
  return answer.reply == MatchReply::started && me != answer.members.end();
}

// A list that names this peer is of a group whose leader was lost while it told the members: others
// on it may be left over as well, and are worth asking.
void Matchmaker::learn_started(const PeerId& peer, const MatchAnswer& answer) {
  set_standing(peer, Standing::gone);
  if (names_me(answer)) return;
  for (const PeerId& member : answer.members) set_standing(member, Standing::gone);
}

void Matchmaker::candidate(const Contact& peer) { learn(peer); }

void Matchmaker::candidate_left(const PeerId& peer) { set_standing(peer, Standing::gone); }

void Matchmaker::early_candidate(const Contact& peer) {
  if (Candidate* const candidate = learn(peer)) candidate->waits = true;
}

// --- questions of others ---

MatchAnswer Matchmaker::answer_when_over() const {
  MatchAnswer answer;
  answer.reply = assembled_ ? MatchReply::started : MatchReply::elsewhere;
  if (!assembled_) return answer;
  for (const Contact& member : assembled_->group.members) answer.members.push_back(member.id);
  return answer;
}

MatchAnswer Matchmaker::join(Time now, const Contact& peer, std::uint32_t number,
                             std::uint64_t bandwidth) {
  const auto follower = followers_.find(peer.id);
  const bool follows = follower != followers_.end() && follower->second.number == number;
  if (over_) {
    if (follows && assembled_) act(MatchAction::Kind::assembled, peer);  // it was not told yet
    return answer_when_over();
  }
  MatchAnswer answer;
  if (follows) {
    answer.reply = MatchReply::accepted;  // it makes sure that this peer is alive
    answer.remaining = lead_until_ - now;
    return answer;
  }
  // The answer that it waited for came at this moment, or whoever asks can lead those who are left.
  const bool enough = full() && !leader_ && !asked_ && !peer.addresses.empty();
  if (full() && (enough || should_start(now))) {
    start();
    return answer_when_over();
  }
  Candidate* const candidate = hear_from(peer);
  if (leader_ || (asked_ && full())) {
    answer.reply = MatchReply::redirect;
    answer.leader = leader_ ? leader_->peer : asked_->peer;
    return answer;
  }
  const bool too_late = withdrawn_.contains(peer.id) && number <= withdrawn_[peer.id];
  if (!candidate || !can_lead_ || !comes_before(self_, *candidate) || too_late) return answer;
  if (is_crowded()) {
    answer.reply = MatchReply::elsewhere;
    return answer;
  }
  followers_.insert_or_assign(peer.id, Follower{peer, number, bandwidth});
  last_arrival_ = now;
  if (should_start(now)) start();
  answer.reply = MatchReply::accepted;
  answer.remaining = over_ ? Duration{0} : lead_until_ - now;
  return answer;
}

MatchAnswer Matchmaker::hail(const Contact& peer) {
  if (over_) return answer_when_over();
  MatchAnswer answer;
  answer.reply = MatchReply::noted;
  hear_from(peer);
  set_standing(peer.id, Standing::fresh);
  // Also while the leader has not answered: nobody else may tell the one who hails of that leader,
  // or the leader of it.
  const std::optional<Tie>& tie = leader_ ? leader_ : asked_;
  if (tie && tie->peer.id != peer.id) {
    answer.reply = MatchReply::redirect;
    answer.leader = tie->peer;
  }
  return answer;
}

// --- answers to own questions ---

bool Matchmaker::is(const std::optional<Tie>& tie, const PeerId& peer, std::uint32_t number) {
  return tie && tie->peer.id == peer && tie->number == number;
}

void Matchmaker::answered(Time now, const PeerId& peer, std::uint32_t number,
                          const MatchAnswer& answer) {
  const bool following = is(leader_, peer, number);
  if (over_ || (!following && !is(asked_, peer, number))) return;  // withdrawn meanwhile
  if (answer.reply == MatchReply::accepted) {
    return following ? promised(now, answer.remaining) : follow(now, answer.remaining);
  }
  // The group is with this peer in it, and comes again.
  if (following && names_me(answer)) return promised(now, Duration{0});
  following ? lose_leader(now) : asked_.reset();
  set_standing(peer, Standing::later);
  if (answer.reply == MatchReply::redirect) learn_leader(answer.leader);
  if (answer.reply == MatchReply::started) learn_started(peer, answer);
  if (answer.reply == MatchReply::elsewhere) set_standing(peer, Standing::gone);
}

void Matchmaker::follow(Time now, Duration remaining) {
  leader_ = std::exchange(asked_, std::nullopt);
  leader_->since = now;
  promised(now, remaining);
  disband(leader_->peer);
}

void Matchmaker::promised(Time now, Duration remaining) {
  leader_->until = std::min(give_up_, now + remaining + leader_margin);
  leader_->check_at = now + check_interval;
}

void Matchmaker::unreachable(Time now, const PeerId& peer, std::uint32_t number) {
  if (over_) return;
  if (is(leader_, peer, number)) return give_up_leader(now);
  if (!is(asked_, peer, number)) return;
  withdraw_question();
  set_standing(peer, Standing::unreachable);
  extend_patience(now);
}

void Matchmaker::hail_answered(const PeerId& peer, const MatchAnswer& answer) {
  if (over_) return;
  if (answer.reply == MatchReply::redirect) learn_leader(answer.leader);
  if (answer.reply == MatchReply::started) learn_started(peer, answer);
  if (answer.reply == MatchReply::elsewhere) set_standing(peer, Standing::gone);
}

void Matchmaker::hail_failed(const PeerId& peer) {
  if (over_ || followers_.contains(peer)) return;
  // Nobody can dial one that accepts no connections: it comes by itself, or not at all.
  Candidate* const candidate = find(peer);
  if (candidate && candidate->contact.addresses.empty()) {
    candidate->silent = true;
  } else {
    set_standing(peer, Standing::unreachable);
  }
}

// --- notes of others ---

// It may have withdrawn because it took this peer for dead: another hail shows that it is not.
void Matchmaker::withdrew(const PeerId& peer, std::uint32_t number) {
  Candidate* const candidate = find(peer);
  if (!candidate) return;
  candidate->hailed = false;
  withdrawn_[peer] = std::max(withdrawn_[peer], number);
  const auto follower = followers_.find(peer);
  if (follower != followers_.end() && follower->second.number <= number) followers_.erase(follower);
}

void Matchmaker::redirected(Time now, const PeerId& by, const Redirection& redirection) {
  if (over_) return;
  learn_leader(redirection.leader);
  const bool asked = is(asked_, by, redirection.number);
  const bool following = is(leader_, by, redirection.number);
  if (asked) asked_.reset();
  if (following) lose_leader(now);
  if (asked || following) set_standing(by, Standing::later);
}

// Also the group of a leader that this peer has given up because its answer was late: the others
// count on it there, and whomever it asks or follows now can still be told.
bool Matchmaker::joins(const PeerId& leader, const Assembled& assembled) {
  if (assembled_ && assembled_->group.id == assembled.group.id) return true;  // told twice
  const auto in_range = [&](std::uint32_t digit) { return digit < search_.group_size; };
  const std::vector<std::uint32_t>& digits = assembled.group.digits;
  const bool fits = assembled.key == search_.key && assembled.group.time == search_.time &&
                    digits.size() <= most_in_group(search_.group_size) &&
                    std::all_of(digits.begin(), digits.end(), in_range);
  if (over_ || !fits || !tried_.contains(leader)) return false;
  if (asked_ && asked_->peer.id != leader) withdraw_question();
  if (leader_ && leader_->peer.id != leader) {
    act(MatchAction::Kind::withdraw, leader_->peer, leader_->number);
  }
  leader_.reset();
  asked_.reset();
  disband(std::nullopt);
  assembled_ = assembled;
  over_ = true;
  return true;
}

void Matchmaker::disconnected(Time now, const PeerId& peer) {
  followers_.erase(peer);
  withdrawn_.erase(peer);
  if (Candidate* const candidate = find(peer)) candidate->doubted = true;
  if (leader_ && leader_->peer.id == peer) give_up_leader(now);
}

// --- decisions ---

void Matchmaker::hurry(Time now) {
  lead_until_ = std::min(lead_until_, now + search_.courtesy);
  give_up_ = std::min(give_up_, lead_until_ + second_patience);
}

void Matchmaker::tick(Time now) {
  if (over_) return;
  grace_over_ = now >= grace_until_;
  if (leader_ && now >= leader_->until) give_up_leader(now);
  if (should_start(now)) return start();
  if (now >= give_up_) return abandon();
  if (leader_) return check_leader(now);
  if (asked_) return;
  if (const Candidate* const best = best_to_ask()) return ask(best->contact, now);
  if (now >= lead_until_ || nobody_missing()) return abandon();
  hail_the_others();
}

Time Matchmaker::next_deadline() const {
  if (leader_) return std::min(leader_->until, leader_->check_at);
  if (asked_ && followers_.empty()) return give_up_;
  return grace_over_ ? lead_until_ : std::min(lead_until_, grace_until_);
}

bool Matchmaker::full() const { return followers_.size() + 1 >= search_.group_size; }

bool Matchmaker::is_crowded() const {
  return followers_.size() + 1 >= most_in_group(search_.group_size);
}

// Nobody waits for more: not even for guests, who have nowhere else to go.
bool Matchmaker::complete() const {
  const auto is_missing_guest = [this](const auto& entry) {
    return entry.second.contact.addresses.empty() && is_missing(entry.second);
  };
  // For those who are missing then there is no room, but the other groups wait as long.
  if (is_crowded()) return grace_over_ || !search_.guests_expected;
  if (!full() || search_.guests_expected) return nobody_missing();
  return std::ranges::none_of(candidates_, is_missing_guest);
}

// Not while a question is open: the one that was asked may start its group with this peer at this
// moment. Only when patience is over the followers, who were promised that, come first.
bool Matchmaker::should_start(Time now) const {
  if (leader_ || followers_.empty()) return false;
  return now >= lead_until_ || (complete() && !asked_);
}

// Whoever announced itself comes, unless it cannot be reached or is in another group.
bool Matchmaker::nobody_missing() const {
  if (!informed_ || !grace_over_) return false;
  return std::ranges::none_of(candidates_,
                              [this](const auto& entry) { return is_missing(entry.second); });
}

bool Matchmaker::is_missing(const Candidate& candidate) const {
  const bool may_come =
      candidate.standing == Standing::fresh || candidate.standing == Standing::later;
  const bool given_up = candidate.doubted || (candidate.silent && grace_over_);
  return may_come && !given_up && !followers_.contains(candidate.contact.id);
}

Matchmaker::Candidate* Matchmaker::best_to_ask() {
  Candidate* best = nullptr;
  for (auto& [id, candidate] : candidates_) {
    const bool may_be_asked = candidate.standing == Standing::fresh &&
                              !candidate.contact.addresses.empty() &&
                              comes_before(candidate, self_);
    if (may_be_asked && (!best || comes_before(candidate, *best))) best = &candidate;
  }
  return best;
}

void Matchmaker::ask(const Contact& peer, Time now) {
  tried_.insert(peer.id);
  asked_ = Tie{peer, ++questions_, now, now, now};
  act(MatchAction::Kind::join, peer, questions_);
}

void Matchmaker::hail_the_others() {
  if (!can_lead_) return;
  for (auto& [id, candidate] : candidates_) {
    const bool knows_me = candidate.hailed || followers_.contains(id);
    if (knows_me || candidate.standing == Standing::gone) continue;
    candidate.hailed = true;
    act(MatchAction::Kind::hail, candidate.contact);
  }
}

// Whoever waits for this peer goes to its leader, or on among themselves if there is none.
void Matchmaker::disband(const std::optional<Contact>& leader) {
  for (const auto& [id, follower] : followers_) {
    act(MatchAction::Kind::redirect, follower.contact, follower.number, leader);
  }
  followers_.clear();
  if (!leader) return;
  for (auto& [id, candidate] : candidates_) {
    if (!std::exchange(candidate.waits, false)) continue;
    act(MatchAction::Kind::redirect, candidate.contact, 0, leader);
  }
}

// The others who lost the same leader may believe that this peer still follows it: they are hailed
// again.
void Matchmaker::lose_leader(Time now) {
  leader_.reset();
  for (auto& [id, candidate] : candidates_) candidate.hailed = false;
  extend_patience(now);
}

void Matchmaker::give_up_leader(Time now) {
  act(MatchAction::Kind::withdraw, leader_->peer, leader_->number);
  set_standing(leader_->peer.id, Standing::unreachable);
  lose_leader(now);
}

// The next check is due when this one was answered.
void Matchmaker::check_leader(Time now) {
  if (now < leader_->check_at) return;
  leader_->check_at = Time::max();
  act(MatchAction::Kind::join, leader_->peer, leader_->number);
}

void Matchmaker::extend_patience(Time now) {
  lead_until_ = std::max(lead_until_, std::min(give_up_, now + second_patience));
}

void Matchmaker::withdraw_question() {
  act(MatchAction::Kind::withdraw, asked_->peer, asked_->number);
  asked_.reset();
}

void Matchmaker::start() {
  if (asked_) withdraw_question();
  Members members = {{self_.contact, search_.bandwidth}};
  for (const auto& [id, follower] : followers_) members[follower.contact] = follower.bandwidth;
  assembled_ = assemble(search_, run_, self_.contact.id, members, random_.next());
  assembled_->group.spread = last_arrival_ - began_;
  for (const auto& [id, follower] : followers_) {
    act(MatchAction::Kind::assembled, follower.contact);
  }
  over_ = true;
}

void Matchmaker::abandon() {
  if (std::exchange(over_, true)) return;
  if (asked_) withdraw_question();
  if (leader_) act(MatchAction::Kind::withdraw, leader_->peer, leader_->number);
  disband(std::nullopt);
}

void Matchmaker::act(MatchAction::Kind kind, const Contact& peer, std::uint32_t number,
                     std::optional<Contact> leader) {
  actions_.push_back(MatchAction{kind, peer, number, std::move(leader)});
}

std::vector<MatchAction> Matchmaker::take_actions() { return std::exchange(actions_, {}); }

std::string Matchmaker::explain(Time now) const {
  const auto spent = [now](Time since, Time until) {
    return fmt::format("{:.1f} s of at most {:.1f} s", seconds(now - since),
                       seconds(until - since));
  };
  if (assembled_) return fmt::format("in a group of {}", assembled_->group.size());
  if (over_) return "alone: nobody else came in time";
  if (leader_) {
    return fmt::format("waiting for {} to start the group: {}", leader_->peer.id.brief(),
                       spent(leader_->since, leader_->until));
  }
  if (asked_) {
    return fmt::format("asking {} to join its group: {}", asked_->peer.id.brief(),
                       spent(began_, give_up_));
  }
  const std::size_t missing = full() ? 1 : search_.group_size - 1 - followers_.size();
  return fmt::format("waiting for {} more peer{}: {}", missing, missing == 1 ? "" : "s",
                     spent(began_, lead_until_));
}

}  // namespace moshpit
