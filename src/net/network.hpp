// Network: this peer's links to the other members of the run, and the questions and messages on
// them.
//
// One link a pair, kept between rounds; a link is dialled when somebody needs it. On every new link
// both sides prove that they know the run's secret before anything else is heard. Written once,
// over Transport, for both worlds. Pure parts: link_table.hpp (which link stays), round_trip.hpp
// (how long to wait), pulse.hpp (who is silent), handshake.hpp; conversation.hpp is one link. One
// thread: the loop's.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "loop/event.hpp"
#include "loop/task.hpp"
#include "loop/task_group.hpp"
#include "moshpit/result.hpp"
#include "net/credentials.hpp"
#include "net/membership.hpp"
#include "net/transport.hpp"
#include "wire/envelope.hpp"

namespace moshpit {

// Which service a question or message is for. Numbers are part of the wire format.
enum class Protocol : std::uint8_t {
  directory = 1,
  match = 2,
  reduce = 3,
  train = 4,
  shape = 5,
  dial_back = 6,
};

// How the last link to a peer ended.
enum class LinkEnd : std::uint8_t {
  lost,      // the peer is gone, or cannot be reached for now
  given_up,  // both sides took leave of it with nothing under way, as one of too many
};

// What a floor above offers to other peers under one protocol number. It outlives the Network or
// calls stop_serving().
class Service {
 public:
  virtual ~Service() = default;

  // Answers a question; an empty answer means "I do not understand". Runs as a task of the Network,
  // also when the asker is gone meanwhile.
  virtual Task<Bytes> answer(Contact from, Bytes question) = 0;

  // A one-way message. Called from the loop; must not block. Messages of one priority come in the
  // order in which they were sent, except when one link replaces another.
  virtual void hear(const PeerId& from, Bytes message) = 0;

  // The last link to this peer closed. Called from the loop.
  virtual void disconnected(const PeerId& peer, LinkEnd end) = 0;
};

// No question, answer or message is longer than message_limit (wire/envelope.hpp).
// Destroying a Network closes its links. Coroutines of others that wait in it are then never
// resumed, not by their deadlines either: it is for their owners to destroy them, before or after.
// Requires: not destroyed by a task of its own.
//
// To itself a peer needs no link: connect() to its own id succeeds, ask() is answered by its own
// service, and everything else behaves as if there were no link.
class Network {
 public:
  Network(Loop& loop, Transport& transport, const Credentials& credentials, Membership membership);
  ~Network();

  Loop& loop();
  const PeerId& id() const;
  const Credentials& credentials() const;
  // This peer, as others should know it: without addresses if it accepts no connections.
  Contact self() const;

  // Where it listens, whether others are told or not; empty if it was to accept no connections.
  std::vector<Address> listening() const;
  // Whether others are told where it listens. Those who have a link to it hear of a change. They
  // are told from the beginning, and never if it was to accept no connections.
  void advertise(bool advertised);

  // Questions under a protocol that nobody serves get an empty answer.
  void serve(Protocol protocol, Service& service);
  // Cancels the answers under way. Requires: not called by one of them.
  void stop_serving(Protocol protocol);

  // Makes sure that there is a link: uses the one that stands, or dials the contact's addresses one
  // after the other. Several callers at once share one dial. Errors: unreachable; refused if the
  // peer is of another run; incompatible.
  Task<Result<void>> connect(Contact to, Time deadline);

  // As connect, to an address of an invite whose peer id is not known yet.
  // ErrorCode::invalid_argument if it is our own.
  Task<Result<Contact>> connect_to(Address address, Time deadline);

  // Whether this peer is found at one of the contact's addresses, on a connection of its own, which
  // ends at once. Dials all of them at the same time.
  Task<bool> can_dial(Contact to, Time deadline);

  // Asks and waits for the answer; connects first if no link stands. ErrorCode::unreachable if the
  // link closed or no answer came in time, and the errors of connect().
  Task<Result<Bytes>> ask(Contact to, Protocol protocol, Bytes question, Time deadline);

  // Sends a one-way message over a standing link. False if there is none.
  bool tell(const PeerId& to, Protocol protocol, Frame message, Priority priority);

  // Until at most `bytes` wait on the link to this peer. False if the deadline came first or there
  // is no link.
  Task<bool> drained(PeerId to, std::size_t bytes, Time deadline);

  // As the transport's.
  double bulk_weight() const;

  // Takes leave on every link: returns when the others have read all that was sent to them before,
  // or at the deadline, and then with false. New links are given up as soon as they stand.
  Task<bool> leave(Time deadline);

  bool connected(const PeerId& peer) const;
  bool connected_to_anybody() const;
  std::vector<Contact> connected_peers() const;

  // How long to wait for this peer's answer to a small question: from measured round trips, never
  // less than 250 ms and at most 3 s; 1 s for a peer not measured yet.
  Duration patience(const PeerId& peer) const;
  // The smoothed round trip itself; nothing if never measured.
  std::optional<Duration> round_trip(const PeerId& peer) const;
  // The median over all connected peers that were measured; 0 if none was.
  Duration usual_round_trip() const;

  struct Counters {
    std::uint64_t bytes_sent = 0;  // in frames of members, without the encryption's share
    std::uint64_t bytes_received = 0;
    std::uint64_t links_opened = 0;
    std::uint64_t links_refused = 0;  // wrong run, wrong secret, malformed
  };
  const Counters& counters() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace moshpit
