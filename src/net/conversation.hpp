// Conversation: everything that two peers say on one link, from the Hello to the farewell.
//
// It matches answers to questions, answers pings, bounds what the other side may leave unanswered,
// and tells its owner the rest. It never destroys itself: when it has ended() the owner takes it
// out and destroys it later, from outside its tasks. One thread: the loop's.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/flat_map.hpp"
#include "loop/task_group.hpp"
#include "net/handshake.hpp"
#include "net/link_table.hpp"
#include "net/pulse.hpp"
#include "net/transport.hpp"
#include "net/waiting.hpp"
#include "wire/envelope.hpp"
#include "wire/net_messages.hpp"

namespace moshpit {

class Conversation {
 public:
  // Called from the loop, never from inside a call that the owner makes.
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void greeted(Conversation& with) = 0;  // the other side has proven that it is a member
    virtual void asked(Conversation& by, std::uint8_t protocol, std::uint32_t id,
                       Bytes question) = 0;
    virtual void told(Conversation& by, std::uint8_t protocol, Bytes message) = 0;
    virtual void measured(Conversation& with, Duration round_trip) = 0;
    virtual void bidden_farewell(Conversation& by) = 0;
    virtual void ended(Conversation& with) = 0;
  };

  Conversation(Loop& loop, Owner& owner, LinkId id, std::unique_ptr<Link> link, Role role,
               const Membership& membership);
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  // Sends the Hello and listens. The proof in it is filled in here. `greeting` learns who answered,
  // or why nobody did.
  void begin(Hello hello, Fulfilment<Result<Contact>> greeting);

  LinkId id() const { return id_; }
  Role role() const { return role_; }
  const PeerId& peer() const { return link_->peer(); }
  std::string remote() const { return link_->remote(); }
  bool is_greeted() const { return greeted_; }
  const Hello& theirs() const { return theirs_; }
  std::uint64_t our_dial_number() const { return our_dial_number_; }
  bool refused_them() const { return refused_; }

  void ask(std::uint8_t protocol, Bytes question, Fulfilment<Result<Bytes>> answer);
  void tell(std::uint8_t protocol, Frame message, Priority priority);
  // Once for every question the owner was asked.
  void answer(std::uint32_t id, Bytes answer);
  void drain(std::size_t bytes, Time deadline, Fulfilment<bool> drained);

  // When the link was last used for more than pings; nothing while something is under way that
  // closing it would lose.
  std::optional<Time> idle_since() const {
    return busy() ? std::nullopt : std::optional<Time>(pulse_.last_used());
  }

  // From now on the other side dials this peer there, or nowhere.
  void tell_whereabouts(const std::vector<Address>& addresses);

  // Asks and tells nothing more, and ends when nothing is under way in either direction.
  void say_farewell();

  // Both sides have said farewell and nothing is under way.
  bool farewell_complete() const;

  // Looks after what time brings: pings, silence, deadlines. False if the conversation is over.
  // `succeeded`: another link to the peer stands.
  bool tick(std::optional<Duration> round_trip, bool succeeded);
  // What tick() needs to be told: the first of the two if this peer pinged and waits, the second
  // after a farewell.
  bool awaits_pong() const { return pulse_.awaits_pong(); }
  bool is_leaving() const { return said_farewell_; }
  // This peer itself was paused: nobody is suspected for what it has not read yet.
  void excuse();

  // Tells everybody who waits that the link is closed.
  void end();

  std::uint64_t bytes_sent() const { return bytes_sent_; }
  std::uint64_t bytes_received() const { return bytes_received_; }

 private:
  struct Question {
    std::uint8_t protocol;
    std::uint32_t id;
    Bytes payload;
  };

  Task<> listen();
  Task<> watch_backlog(std::size_t bytes, Time deadline, std::uint64_t drain);
  bool take(Bytes frame);
  bool take_opening(ByteView frame);
  bool take_hello(const Hello& hello);
  bool take_frame(Bytes frame);
  bool take_question(Question question);
  void take_answer(std::uint32_t id, Bytes payload);
  void take_pong(std::uint32_t id);
  bool take_whereabouts(ByteView payload);
  bool refuse(RefusalReason reason, std::uint32_t their_version);
  void send(const Envelope& envelope, Frame frame, Priority priority);
  bool busy() const;
  void use(std::uint8_t protocol);
  void used(std::uint8_t protocol);
  void ping();
  void forget_unwanted();
  bool awaits_successor(Time now) const;
  Error closed() const;

  Loop& loop_;
  Owner& owner_;
  LinkId id_;
  Role role_;
  const Membership& membership_;
  std::unique_ptr<Link> link_;

  std::uint64_t our_dial_number_ = 0;
  Hello theirs_;
  bool greeted_ = false;
  bool refused_ = false;          // they are no member or talk nonsense: nothing more is heard
  std::optional<Error> failure_;  // why there is no greeting
  Fulfilment<Result<Contact>> greeting_;
  Time greeting_deadline_;

  FlatMap<std::uint32_t, Fulfilment<Result<Bytes>>> asked_;
  std::uint32_t next_question_ = 0;
  std::map<std::uint64_t, Fulfilment<bool>> drains_;
  std::uint64_t next_drain_ = 0;

  std::size_t answering_ = 0;    // questions that the owner is at
  std::list<Question> waiting_;  // come after those; unlike a deque it is usually without memory
  std::size_t waiting_bytes_ = 0;

  Pulse pulse_;
  bool said_farewell_ = false;
  bool heard_farewell_ = false;
  Time farewell_deadline_;
  std::uint64_t bytes_sent_ = 0;
  std::uint64_t bytes_received_ = 0;

  TaskGroup tasks_;  // last: its tasks stand inside link_
};

}  // namespace moshpit
