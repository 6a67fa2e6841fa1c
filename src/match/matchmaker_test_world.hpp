// A tiny world for tests of Matchmaker alone: machines, messages in order per pair, and a chooser
// that decides what happens next. Faults: links that break (what is on them is lost), messages that
// come twice, crashes, freezes, delays.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "match/matchmaker.hpp"

namespace moshpit {

// Enumerates schedules: a schedule is a list of choices, most of them "the oldest message first",
// at most `deviations` of them anything else. `while (chooser.next()) run(chooser);` sees every one
// once.
class Enumeration {
 public:
  explicit Enumeration(int deviations) : deviations_(deviations) {}

  std::size_t choose(std::size_t options) {
    if (position_ == choices_.size()) choices_.push_back({0, options});
    return choices_[position_++].first;
  }

  bool next() {
    if (std::exchange(first_, false)) return true;
    position_ = 0;
    while (!choices_.empty()) {
      auto& [choice, options] = choices_.back();
      const auto deviating =
          std::count_if(choices_.begin(), choices_.end() - 1, [](auto& c) { return c.first > 0; });
      if (choice + 1 < options && deviating < deviations_) return ++choice, true;
      choices_.pop_back();
    }
    return false;
  }

 private:
  int deviations_;
  bool first_ = true;
  std::size_t position_ = 0;
  std::vector<std::pair<std::size_t, std::size_t>> choices_;
};

struct MatchWorldSettings {
  std::size_t peers = 4;
  std::uint32_t group_size = 4;
  Duration patience = std::chrono::seconds(1);
  Duration grace = Duration::max();
  bool all_known = true;  // from the start; otherwise a newcomer knows those who came before it
  std::vector<bool> outbound_only;  // by peer; shorter: the others accept connections
};

class MatchWorld {
 public:
  using Choose = std::function<std::size_t(std::size_t)>;

  MatchWorld(MatchWorldSettings settings, Choose choose)
      : settings_(std::move(settings)), choose_(std::move(choose)), peers_(settings_.peers) {
    for (std::size_t i = 0; i < peers_.size(); ++i) {
      Hasher hasher;
      peers_[i].contact.id = PeerId{hasher.add(std::uint64_t{i}).digest()};
      const bool outbound = i < settings_.outbound_only.size() && settings_.outbound_only[i];
      if (!outbound) peers_[i].contact.addresses = {Address{"10.0.0.1", 1}};
    }
  }

  // --- what a test does ---

  void arrive(std::size_t index) {
    Peer& peer = peers_[index];
    peer.arrived = now_;
    const Search search{DirectoryKey{}, RoundTime{1, 0}, settings_.group_size, settings_.patience,
                        settings_.grace};
    peer.machine.emplace(peer.contact, RunId{}, search, now_, Random(index));
    for (const std::size_t other : peer.early) peer.machine->early_candidate(peers_[other].contact);
    for (std::size_t other = 0; other < peers_.size(); ++other) {
      const bool known = settings_.all_known || peers_[other].machine;
      if (other != index && known) peer.machine->candidate(peers_[other].contact);
    }
    peer.machine->informed();
    settle(index);
  }

  void crash(std::size_t index) {
    peers_[index].dead = true;
    for (std::size_t other = 0; other < peers_.size(); ++other) break_link(index, other);
  }
  void freeze(std::size_t index) { peers_[index].frozen = true; }

  // Everything on the way between the two is lost; both see the link close.
  void break_link(std::size_t one, std::size_t other) {
    if (one == other) return;
    std::erase_if(messages_, [&](const Message& message) {
      return (message.from == one && message.to == other) ||
             (message.from == other && message.to == one);
    });
    lose_link(one, other);
    lose_link(other, one);
  }

  // Delivers one message, or lets time pass if there is none. False if everybody's search is over.
  bool step() {
    if (deliver(false)) return true;
    std::optional<Time> next;
    for (std::size_t i = 0; i < peers_.size(); ++i) {
      if (!runs(i) || peers_[i].machine->over()) continue;
      Time time = peers_[i].machine->next_deadline();
      for (const Question& question : peers_[i].questions) time = std::min(time, question.deadline);
      if (!next || time < *next) next = time;
    }
    if (next) pass_until(std::max(*next, now_));
    return next.has_value();
  }

  // Delivers a message; with `twice`, it stays on its way and comes again. False if there is none.
  bool deliver(bool twice) {
    std::vector<std::size_t> first_ones;
    std::map<std::pair<std::size_t, std::size_t>, bool> seen;
    for (std::size_t i = 0; i < messages_.size(); ++i) {
      const Message& message = messages_[i];
      const bool first = !std::exchange(seen[{message.from, message.to}], true);
      if (first && !peers_[message.to].frozen) first_ones.push_back(i);
    }
    if (first_ones.empty()) return false;
    const std::size_t index = first_ones[first_ones.size() > 1 ? choose_(first_ones.size()) : 0];
    const Message message = messages_[index];
    if (!twice) messages_.erase(messages_.begin() + static_cast<std::ptrdiff_t>(index));
    if (!peers_[message.to].dead) message.arrive();
    return true;
  }

  void pass_until(Time time) {
    now_ = time;
    for (std::size_t i = 0; i < peers_.size(); ++i) {
      if (!runs(i)) continue;
      fail_questions(i, [&](const Question& question) { return question.deadline <= now_; });
      settle(i);
    }
  }
  void pass(Duration duration) { pass_until(now_ + duration); }

  // --- what a judge looks at ---

  Time now() const { return now_; }
  std::size_t size() const { return peers_.size(); }
  const std::vector<std::string>& complaints() const { return complaints_; }
  int declined() const { return declined_; }
  std::size_t questions() const { return questions_; }
  bool alive(std::size_t i) const { return !peers_[i].dead && !peers_[i].frozen; }
  Duration spent(std::size_t i) const { return peers_[i].ended - peers_[i].arrived; }
  const Matchmaker& machine(std::size_t i) const { return *peers_[i].machine; }
  const Group* group_of(std::size_t i) const {
    const auto& assembled = peers_[i].machine->assembled();
    return assembled ? &assembled->group : nullptr;
  }
  std::size_t lonely() const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < size(); ++i) count += alive(i) && !group_of(i);
    return count;
  }

 private:
  struct Question {
    std::size_t to;
    std::uint32_t number;
    Time deadline;
  };
  struct Peer {
    Contact contact;
    std::optional<Matchmaker> machine;
    std::vector<std::size_t> early;
    std::vector<Question> questions;
    Time arrived{};
    Time ended{};
    bool dead = false;
    bool frozen = false;
    std::vector<RoundId> rounds;  // every group that this peer took part in
  };
  struct Message {
    std::size_t from;
    std::size_t to;
    std::function<void()> arrive;
  };

  // What Network grants a question to a peer that was not measured yet.
  static constexpr Duration question_patience = std::chrono::seconds(1);

  bool runs(std::size_t i) const { return alive(i) && peers_[i].machine; }
  void send(std::size_t from, std::size_t to, std::function<void()> arrive) {
    messages_.push_back(Message{from, to, std::move(arrive)});
  }
  std::size_t index_of(const PeerId& id) const {
    std::size_t i = 0;
    while (peers_[i].contact.id != id) ++i;
    return i;
  }
  void complain(std::size_t peer, const std::string& what) {
    complaints_.push_back("peer " + std::to_string(peer) + " " + what);
  }

  template <class Condition>
  void fail_questions(std::size_t self, Condition condition) {
    const std::vector<Question> questions = peers_[self].questions;
    std::erase_if(peers_[self].questions, condition);
    for (const Question& question : questions) {
      if (!condition(question)) continue;
      peers_[self].machine->unreachable(now_, peers_[question.to].contact.id, question.number);
    }
  }

  void lose_link(std::size_t self, std::size_t peer) {
    if (!runs(self)) return;
    fail_questions(self, [peer](const Question& question) { return question.to == peer; });
    peers_[self].machine->disconnected(now_, peers_[peer].contact.id);
    settle(self);
  }

  // Lets a machine decide and carries out what it wants.
  void settle(std::size_t self) {
    Peer& peer = peers_[self];
    peer.machine->tick(now_);
    for (const MatchAction& action : peer.machine->take_actions()) carry_out(self, action);
    if (!peer.machine->over() || peer.ended != Time{}) return;
    peer.ended = now_;
    if (const Group* group = group_of(self)) judge_group(self, *group);
  }

  void judge_group(std::size_t self, const Group& group) {
    peers_[self].rounds.push_back(group.id);
    if (group.size() > settings_.group_size) complain(self, "is in a group that is too large");
    if (group.size() < 2) complain(self, "is in a group of its own");
    bool dialable = false;
    for (const Contact& member : group.members) dialable |= !member.addresses.empty();
    if (!dialable) complain(self, "is in a group that nobody can dial");
  }

  void carry_out(std::size_t self, const MatchAction& action) {
    const std::size_t to = index_of(action.peer.id);
    if (peers_[to].dead) return fail_at_once(self, to, action);
    switch (action.kind) {
      case MatchAction::Kind::join:
        ++questions_;
        peers_[self].questions.push_back({to, action.number, now_ + question_patience});
        return send(self, to, [this, self, to, n = action.number] { answer_join(self, to, n); });
      case MatchAction::Kind::hail:
        return send(self, to, [this, self, to] { answer_hail(self, to); });
      case MatchAction::Kind::withdraw:
        return send(self, to,
                    [this, self, to, n = action.number] { hear_withdrawal(self, to, n); });
      case MatchAction::Kind::redirect:
        return send(
            self, to,
            [this, self, to, r = Redirection{DirectoryKey{}, action.number, action.leader}] {
              hear_redirection(self, to, r);
            });
      case MatchAction::Kind::assembled:
        return send(self, to, [this, self, to] { hear_assembled(self, to); });
    }
  }

  void fail_at_once(std::size_t self, std::size_t to, const MatchAction& action) {
    if (action.kind == MatchAction::Kind::hail) peers_[self].machine->hail_failed(action.peer.id);
    if (action.kind != MatchAction::Kind::join) return;
    peers_[self].questions.push_back({to, action.number, now_});
  }

  void answer_join(std::size_t from, std::size_t to, std::uint32_t number) {
    MatchAnswer answer;
    if (!peers_[to].machine) {
      peers_[to].early.push_back(from);
    } else {
      answer = peers_[to].machine->join(now_, peers_[from].contact, number);
    }
    send(to, from, [this, from, to, number, answer] {
      std::erase_if(peers_[from].questions, [&](auto& q) { return q.number == number; });
      peers_[from].machine->answered(now_, peers_[to].contact.id, number, answer);
      settle(from);
    });
    if (peers_[to].machine) settle(to);
  }

  void answer_hail(std::size_t from, std::size_t to) {
    MatchAnswer answer;
    if (!peers_[to].machine) {
      peers_[to].early.push_back(from);
    } else {
      answer = peers_[to].machine->hail(peers_[from].contact);
      settle(to);
    }
    send(to, from, [this, from, to, answer] {
      peers_[from].machine->hail_answered(peers_[to].contact.id, answer);
      settle(from);
    });
  }

  void hear_withdrawal(std::size_t from, std::size_t to, std::uint32_t number) {
    if (!peers_[to].machine) return;
    peers_[to].machine->withdrew(peers_[from].contact.id, number);
    settle(to);
  }

  void hear_redirection(std::size_t from, std::size_t to, const Redirection& redirection) {
    if (!peers_[to].machine) return;
    peers_[to].machine->redirected(now_, peers_[from].contact.id, redirection);
    settle(to);
  }

  void hear_assembled(std::size_t from, std::size_t to) {
    const Assembled& assembled = *peers_[from].machine->assembled();
    if (!is_sound(assembled, RunId{}, peers_[from].contact.id, peers_[to].contact.id)) {
      complain(to, "was sent a group that is not sound");
    }
    if (!peers_[to].machine->joins(peers_[from].contact.id, assembled)) {
      ++declined_;
    } else if (peers_[to].ended != Time{} && peers_[to].rounds.back() != assembled.group.id) {
      complain(to, "joined a second group");
    }
    settle(to);
  }

  MatchWorldSettings settings_;
  Choose choose_;
  Time now_{};
  std::vector<Peer> peers_;
  std::deque<Message> messages_;
  std::vector<std::string> complaints_;
  int declined_ = 0;
  std::size_t questions_ = 0;
};

}  // namespace moshpit
