// Network::State: what a Network is inside. It keeps the links in order, dials, and carries
// questions to the services and answers back. Only network*.cpp see it. One thread: the loop's.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "net/conversation.hpp"
#include "net/link_table.hpp"
#include "net/network.hpp"
#include "net/round_trip.hpp"
#include "net/waiting.hpp"

namespace moshpit {

class Network::State final : public Conversation::Owner {
 public:
  State(Loop& loop, Transport& transport, const Credentials& credentials, Membership membership);
  ~State() override;

  Contact self() const;
  std::vector<Address> listening() const;
  void advertise(bool advertised);
  void serve(Protocol protocol, Service& service);
  void stop_serving(Protocol protocol) { services_.erase(static_cast<std::uint8_t>(protocol)); }

  void connect(const Contact& to, Fulfilment<Result<void>> done);
  void connect_to(const Address& address, Fulfilment<Result<Contact>> done);
  void try_addresses(const Contact& to, Time deadline, Fulfilment<bool> found);
  void ask(const Contact& to, Protocol protocol, Bytes question, Fulfilment<Result<Bytes>> answer);
  bool tell(const PeerId& to, Protocol protocol, Frame message, Priority priority);
  void leave(Fulfilment<bool> parted);
  void drain(const PeerId& to, std::size_t bytes, Time deadline, Fulfilment<bool> drained);
  double bulk_weight() const { return transport_.bulk_weight(); }

  Conversation* standing(const PeerId& peer) const;
  bool connected_to_anybody() const { return table_.standing() > 0; }
  std::vector<Contact> connected_peers() const;
  std::optional<Duration> round_trip(const PeerId& peer) const;
  Duration usual_round_trip() const;
  Duration patience(const PeerId& peer) const;
  const Counters& counters() const;

  Loop& loop;
  const Credentials& credentials;

 private:
  struct Question {
    std::uint8_t protocol;
    Bytes bytes;
    Fulfilment<Result<Bytes>> answer;
  };
  // Those who share one dial.
  struct Dial {
    std::vector<Fulfilment<Result<void>>> callers;
    std::vector<Question> questions;
  };
  struct Served {
    Served(Service& the_service, Loop& the_loop) : service(the_service), answers(the_loop) {}
    Service& service;
    TaskGroup answers;
  };
  struct Reply;
  struct Trial;

  void greeted(Conversation& with) override;
  void asked(Conversation& by, std::uint8_t protocol, std::uint32_t id, Bytes question) override;
  void told(Conversation& by, std::uint8_t protocol, Bytes message) override;
  void measured(Conversation& with, Duration round_trip) override;
  void bidden_farewell(Conversation& by) override;
  void ended(Conversation& with) override { close(with.id()); }

  Task<> accept_links();
  Task<> look_after_links();
  Task<> bury();
  Task<> dial(Contact to);
  Task<Result<Contact>> dial_address(Address address, std::optional<PeerId> expected);
  Task<> dial_for(Address address, Fulfilment<Result<Contact>> done);
  Task<> try_all(Contact to, Time deadline, Fulfilment<bool> found);
  Task<> try_one(Address address, PeerId expected, Time deadline, Trial& trial);
  Task<> answer_from(Service& service, Contact from, Bytes question, Reply reply);
  Task<> answer_self(Service& service, Bytes question, Fulfilment<Result<Bytes>> answer);

  Dial& dial_to(const Contact& to);
  void settle(const PeerId& peer, const Result<void>& outcome);
  void begin(std::unique_ptr<Link> link, Role role, Fulfilment<Result<Contact>> greeting);
  void tick(bool paused);
  bool tick(Conversation& conversation);
  void retire(LinkId link);
  void close(LinkId link);
  std::size_t strangers() const;
  Served* served(std::uint8_t protocol);

  Transport& transport_;
  const Membership membership_;
  const std::uint64_t incarnation_;
  bool advertised_;
  std::uint64_t dials_ = 0;
  LinkId next_link_ = 0;

  LinkTable table_;
  FlatMap<PeerId, RoundTrip> round_trips_;
  FlatMap<LinkId, std::unique_ptr<Conversation>> conversations_;
  // Ended, and to be destroyed when none of their own tasks is running.
  std::vector<std::unique_ptr<Conversation>> ended_;
  Event any_ended_;
  std::map<PeerId, Dial> dials_under_way_;
  bool leaving_ = false;
  Fulfilment<bool> parted_;  // when the last link is closed after that
  mutable Counters counters_;
  Counters closed_;  // bytes of links that are closed
  std::map<std::uint8_t, Served> services_;
  TaskGroup tasks_;
};

}  // namespace moshpit
