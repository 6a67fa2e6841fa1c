#include "net/network.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "net/conversation.hpp"
#include "net/handshake.hpp"
#include "net/link_table.hpp"
#include "net/round_trip.hpp"
#include "net/waiting.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// For one address: a lost SYN is repeated after 1 s, and the encryption's handshake takes two round trips more.
constexpr Duration address_limit = 3s;

// The other side's Hello comes within the conversation's own, shorter limit; this one is never reached.
constexpr Duration greeting_limit = 10s;

// How often the links are looked after: fine enough against the second after which a ping is due.
constexpr Duration tick_interval = 250ms;

// A tick that comes so late means that this process itself did not run.
constexpr Duration pause_limit = 4 * tick_interval;

// Strangers that have not said who they are. Each may make us hold a first frame of 64 KiB.
constexpr std::size_t stranger_limit = 512;

Error cannot_dial(const Contact& to) {
  return Error(ErrorCode::unreachable, "Peer " + to.id.brief() +
                                           " accepts no connections and has no link to this one: "
                                           "wait until it connects.");
}

Error too_late(const PeerId& peer, const char* what) {
  return Error(ErrorCode::unreachable, "Peer " + peer.brief() + " " + what + " in time.");
}

}  // namespace

class Network::State final : public Conversation::Owner {
 public:
  State(Loop& loop, Transport& transport, const Credentials& credentials, Membership membership);
  ~State() override;

  Contact self() const;
  void serve(Protocol protocol, Service& service);
  void stop_serving(Protocol protocol) { services_.erase(static_cast<std::uint8_t>(protocol)); }

  void connect(const Contact& to, Fulfilment<Result<void>> done);
  void connect_to(const Address& address, Fulfilment<Result<Contact>> done);
  void ask(const Contact& to, Protocol protocol, Bytes question, Fulfilment<Result<Bytes>> answer);
  bool tell(const PeerId& to, Protocol protocol, ByteView message, Priority priority);
  void drain(const PeerId& to, std::size_t bytes, Time deadline, Fulfilment<bool> drained);

  Conversation* standing(const PeerId& peer) const;
  std::vector<Contact> connected_peers() const;
  std::optional<Duration> round_trip(const PeerId& peer) const;
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

  void greeted(Conversation& with) override;
  void asked(Conversation& by, std::uint8_t protocol, std::uint32_t id, Bytes question) override;
  void told(Conversation& by, std::uint8_t protocol, Bytes message) override;
  void measured(Conversation& with, Duration round_trip) override;
  void bidden_farewell(Conversation& by) override { retire(by.id()); }
  void ended(Conversation& with) override { close(with.id()); }

  Task<> accept_links();
  Task<> look_after_links();
  Task<> bury();
  Task<> dial(Contact to);
  Task<Result<Contact>> dial_address(Address address, std::optional<PeerId> expected);
  Task<> dial_for(Address address, Fulfilment<Result<Contact>> done);
  Task<> answer_from(Service& service, Contact from, Bytes question, Reply reply);
  Task<> answer_self(Service& service, Bytes question, Fulfilment<Result<Bytes>> answer);

  Dial& dial_to(const Contact& to);
  void settle(const PeerId& peer, const Result<void>& outcome);
  void begin(std::unique_ptr<Link> link, Role role, Fulfilment<Result<Contact>> greeting);
  void tick(bool paused);
  void retire(LinkId link);
  void close(LinkId link);
  std::size_t strangers() const;
  Served* served(std::uint8_t protocol);

  Transport& transport_;
  const Membership membership_;
  const std::uint64_t incarnation_;
  std::uint64_t dials_ = 0;
  LinkId next_link_ = 0;

  LinkTable table_;
  std::map<PeerId, RoundTrip> round_trips_;
  std::map<LinkId, std::unique_ptr<Conversation>> conversations_;
  // Ended, and to be destroyed when none of their own tasks is running.
  std::vector<std::unique_ptr<Conversation>> ended_;
  Event any_ended_;
  std::map<PeerId, Dial> dials_under_way_;
  mutable Counters counters_;
  Counters closed_;  // bytes of links that are closed
  std::map<std::uint8_t, Served> services_;
  TaskGroup tasks_;
};

// Answers when the task that holds it is done, also if it was cancelled: the other side counts on one answer a question.
struct Network::State::Reply {
  Reply(State& owner, LinkId link_id, std::uint32_t question)
      : state(&owner), link(link_id), id(question) {}
  Reply(Reply&& other) noexcept
      : state(std::exchange(other.state, nullptr)),
        link(other.link),
        id(other.id),
        answer(std::move(other.answer)) {}
  Reply& operator=(Reply&&) = delete;
  ~Reply() {
    if (!state) return;
    const auto asker = state->conversations_.find(link);
    if (asker != state->conversations_.end()) asker->second->answer(id, answer);
  }

  State* state;
  LinkId link;
  std::uint32_t id;
  Bytes answer;
};

Network::State::State(Loop& the_loop, Transport& transport, const Credentials& the_credentials,
                      Membership membership)
    : loop(the_loop),
      credentials(the_credentials),
      transport_(transport),
      membership_(std::move(membership)),
      incarnation_(the_loop.random().next()),
      any_ended_(the_loop),
      tasks_(the_loop) {
  tasks_.spawn(accept_links());
  tasks_.spawn(look_after_links());
  tasks_.spawn(bury());
}

// Links before services: an answer that is cancelled now is not worth sending.
Network::State::~State() {
  tasks_.cancel();
  conversations_.clear();
}

Contact Network::State::self() const {
  Contact contact{credentials.id(), {}};
  if (!membership_.outbound_only) contact.addresses = transport_.addresses();
  return contact;
}

void Network::State::serve(Protocol protocol, Service& service) {
  const auto number = static_cast<std::uint8_t>(protocol);
  MOSHPIT_ASSERT(!services_.contains(number));
  services_.emplace(std::piecewise_construct, std::forward_as_tuple(number),
                    std::forward_as_tuple(service, loop));
}

Network::State::Served* Network::State::served(std::uint8_t protocol) {
  const auto found = services_.find(protocol);
  return found == services_.end() ? nullptr : &found->second;
}

// Links: how they begin and end.

Task<> Network::State::accept_links() {
  bool open = true;
  while (open) {
    auto link = co_await transport_.accept();  // no deadline: somebody dials us or nobody does
    open = link != nullptr;
    if (open && strangers() < stranger_limit) begin(std::move(link), Role::acceptor, {});
  }
}

std::size_t Network::State::strangers() const {
  return static_cast<std::size_t>(
      std::count_if(conversations_.begin(), conversations_.end(),
                    [](const auto& entry) { return !entry.second->is_greeted(); }));
}

void Network::State::begin(std::unique_ptr<Link> link, Role role,
                           Fulfilment<Result<Contact>> greeting) {
  Hello hello;
  hello.run = membership_.run;
  hello.sender = self();
  hello.outbound_only = membership_.outbound_only;
  hello.incarnation = incarnation_;
  if (role == Role::dialler) hello.dial_number = ++dials_;
  const LinkId id = next_link_++;
  auto conversation =
      std::make_unique<Conversation>(loop, *this, id, std::move(link), role, membership_);
  conversation->begin(std::move(hello), std::move(greeting));
  conversations_.emplace(id, std::move(conversation));
}

void Network::State::greeted(Conversation& with) {
  const PeerId peer = with.peer();
  const bool dialled = with.role() == Role::dialler;
  const LinkFacts facts{peer, dialled ? credentials.id() : peer,
                        dialled ? with.ours().dial_number : with.theirs().dial_number,
                        with.theirs().incarnation};
  for (LinkId link : table_.outlived(peer, facts.incarnation)) close(link);
  ++counters_.links_opened;
  const auto superfluous = table_.open(with.id(), facts, loop.now());
  if (superfluous) conversations_.at(*superfluous)->say_farewell();
  settle(peer, {});
}

// Also when the other side does: then nothing more may be sent on the link either.
void Network::State::retire(LinkId link) {
  table_.retire(link);
  conversations_.at(link)->say_farewell();
}

void Network::State::close(LinkId link) {
  auto found = conversations_.extract(link);
  MOSHPIT_ASSERT(found);
  Conversation& conversation = *found.mapped();
  ended_.push_back(std::move(found.mapped()));
  any_ended_.set();
  conversation.end();
  if (conversation.refused_them()) ++counters_.links_refused;
  closed_.bytes_sent += conversation.bytes_sent();
  closed_.bytes_received += conversation.bytes_received();
  const PeerId peer = conversation.peer();
  if (!conversation.is_greeted() || !table_.close(link)) return;
  round_trips_.erase(peer);
  for (auto& [protocol, served] : services_) served.service.disconnected(peer);
}

Task<> Network::State::bury() {
  while (true) {
    co_await any_ended_.wait();  // no deadline: links end or they do not
    any_ended_.reset();
    ended_.clear();
  }
}

Task<> Network::State::look_after_links() {
  Time last = loop.now();
  while (true) {
    co_await loop.sleep_for(tick_interval);
    const bool paused = loop.now() - last > pause_limit;
    last = loop.now();
    tick(paused);
  }
}

void Network::State::tick(bool paused) {
  std::vector<LinkId> links;
  for (const auto& [link, conversation] : conversations_) links.push_back(link);
  for (LinkId link : links) {
    Conversation& conversation = *conversations_.at(link);
    if (paused) conversation.excuse();
    if (!conversation.tick(round_trip(conversation.peer()))) close(link);
  }
  const auto busy = [this](LinkId link) { return conversations_.at(link)->busy(); };
  auto surplus = table_.surplus(busy);
  while (surplus) {
    retire(*surplus);
    surplus = table_.surplus(busy);
  }
}

// Dialling.

Task<> Network::State::dial(Contact to) {
  Result<void> outcome = cannot_dial(to);
  for (const Address& address : to.addresses) {
    auto contact = co_await dial_address(address, to.id);
    const bool told_why = !outcome && outcome.error().code() != ErrorCode::unreachable;
    if (contact) outcome = Result<void>();
    if (!contact && !told_why) outcome = contact.error();
    if (contact || standing(to.id)) break;
  }
  settle(to.id, standing(to.id) ? Result<void>() : outcome);
  dials_under_way_.erase(to.id);
}

Task<Result<Contact>> Network::State::dial_address(Address address,
                                                   std::optional<PeerId> expected) {
  const Time deadline = loop.now() + address_limit;
  auto link = co_await transport_.dial(address, expected, deadline);
  if (!link) co_return link.error();
  if ((*link)->peer() == credentials.id()) {
    co_return Error(ErrorCode::invalid_argument,
                    address.text() + " is this peer itself: give the address of another one.");
  }
  Waiting<Result<Contact>> greeting(loop, loop.now() + greeting_limit);
  begin(std::move(*link), Role::dialler, Fulfilment(greeting));
  auto contact = co_await greeting;
  if (!contact) {
    co_return Error(ErrorCode::unreachable, "Nobody greeted at " + address.text() + " in time.");
  }
  co_return *std::move(contact);
}

Task<> Network::State::dial_for(Address address, Fulfilment<Result<Contact>> done) {
  auto contact = co_await dial_address(address, std::nullopt);
  done.fulfil(std::move(contact));
}

Network::State::Dial& Network::State::dial_to(const Contact& to) {
  const auto [dial_entry, is_new] = dials_under_way_.try_emplace(to.id);
  if (is_new) tasks_.spawn(dial(to));
  return dial_entry->second;
}

// Whoever waits for a link to the peer goes on; the dial itself may still be under way.
void Network::State::settle(const PeerId& peer, const Result<void>& outcome) {
  const auto found = dials_under_way_.find(peer);
  if (found == dials_under_way_.end()) return;
  Dial dial = std::exchange(found->second, Dial());
  for (auto& caller : dial.callers) caller.fulfil(outcome);
  for (Question& question : dial.questions) {
    if (!outcome) question.answer.fulfil(outcome.error());
    if (outcome && question.answer.wanted()) {
      standing(peer)->ask(question.protocol, question.bytes, std::move(question.answer));
    }
  }
}

void Network::State::connect(const Contact& to, Fulfilment<Result<void>> done) {
  if (to.id == credentials.id() || standing(to.id)) return done.fulfil({});
  dial_to(to).callers.push_back(std::move(done));
}

void Network::State::connect_to(const Address& address, Fulfilment<Result<Contact>> done) {
  tasks_.spawn(dial_for(address, std::move(done)));
}

// Questions and messages.

void Network::State::ask(const Contact& to, Protocol protocol, Bytes question,
                         Fulfilment<Result<Bytes>> answer) {
  const auto number = static_cast<std::uint8_t>(protocol);
  if (to.id == credentials.id()) {
    Served* own = served(number);
    if (!own) return answer.fulfil(Bytes());
    own->answers.spawn(answer_self(own->service, std::move(question), std::move(answer)));
    return;
  }
  Conversation* conversation = standing(to.id);
  if (!conversation) {
    dial_to(to).questions.push_back({number, std::move(question), std::move(answer)});
    return;
  }
  table_.use(conversation->id(), loop.now());
  conversation->ask(number, question, std::move(answer));
}

bool Network::State::tell(const PeerId& to, Protocol protocol, ByteView message,
                          Priority priority) {
  Conversation* conversation = standing(to);
  if (!conversation) return false;
  table_.use(conversation->id(), loop.now());
  conversation->tell(static_cast<std::uint8_t>(protocol), message, priority);
  return true;
}

void Network::State::drain(const PeerId& to, std::size_t bytes, Time deadline,
                           Fulfilment<bool> drained) {
  Conversation* conversation = standing(to);
  if (!conversation) return drained.fulfil(false);
  conversation->drain(bytes, deadline, std::move(drained));
}

void Network::State::asked(Conversation& by, std::uint8_t protocol, std::uint32_t id,
                           Bytes question) {
  table_.use(by.id(), loop.now());
  Served* known = served(protocol);
  if (!known) return by.answer(id, {});
  known->answers.spawn(answer_from(known->service, by.theirs().sender, std::move(question),
                                   Reply(*this, by.id(), id)));
}

Task<> Network::State::answer_from(Service& service, Contact from, Bytes question, Reply reply) {
  Task<Bytes> answering = service.answer(std::move(from), std::move(question));
  Bytes answer = co_await answering;  // no deadline: the asker has one, and stop_serving() ends it
  reply.answer = std::move(answer);
}

Task<> Network::State::answer_self(Service& service, Bytes question,
                                   Fulfilment<Result<Bytes>> answer) {
  Task<Bytes> answering = service.answer(self(), std::move(question));
  Bytes own = co_await answering;  // no deadline: the asker has one, and stop_serving() ends it
  answer.fulfil(std::move(own));
}

void Network::State::told(Conversation& by, std::uint8_t protocol, Bytes message) {
  table_.use(by.id(), loop.now());
  Served* known = served(protocol);
  if (known) known->service.hear(by.peer(), std::move(message));
}

void Network::State::measured(Conversation& with, Duration sample) {
  round_trips_[with.peer()].add(sample);
}

// What is known.

Conversation* Network::State::standing(const PeerId& peer) const {
  const auto link = table_.find(peer);
  return link ? conversations_.at(*link).get() : nullptr;
}

std::vector<Contact> Network::State::connected_peers() const {
  std::vector<Contact> contacts;
  for (const PeerId& peer : table_.peers()) contacts.push_back(standing(peer)->theirs().sender);
  return contacts;
}

std::optional<Duration> Network::State::round_trip(const PeerId& peer) const {
  const auto known = round_trips_.find(peer);
  return known == round_trips_.end() ? std::nullopt : known->second.mean();
}

Duration Network::State::patience(const PeerId& peer) const {
  const auto known = round_trips_.find(peer);
  return known == round_trips_.end() ? RoundTrip().patience() : known->second.patience();
}

const Network::Counters& Network::State::counters() const {
  counters_.bytes_sent = closed_.bytes_sent;
  counters_.bytes_received = closed_.bytes_received;
  for (const auto& [link, conversation] : conversations_) {
    counters_.bytes_sent += conversation->bytes_sent();
    counters_.bytes_received += conversation->bytes_received();
  }
  return counters_;
}

Network::Network(Loop& loop, Transport& transport, const Credentials& credentials,
                 Membership membership)
    : state_(std::make_unique<State>(loop, transport, credentials, std::move(membership))) {}

Network::~Network() = default;

Loop& Network::loop() { return state_->loop; }
const PeerId& Network::id() const { return state_->credentials.id(); }
const Credentials& Network::credentials() const { return state_->credentials; }
Contact Network::self() const { return state_->self(); }

void Network::serve(Protocol protocol, Service& service) { state_->serve(protocol, service); }
void Network::stop_serving(Protocol protocol) { state_->stop_serving(protocol); }

// Whoever waits here touches nothing of the Network afterwards: it may be gone.

Task<Result<void>> Network::connect(Contact to, Time deadline) {
  Waiting<Result<void>> link(state_->loop, deadline);
  state_->connect(to, Fulfilment(link));
  auto outcome = co_await link;
  if (!outcome) co_return too_late(to.id, "was not reached");
  co_return *std::move(outcome);
}

Task<Result<Contact>> Network::connect_to(Address address, Time deadline) {
  Waiting<Result<Contact>> contact(state_->loop, deadline);
  state_->connect_to(address, Fulfilment(contact));
  auto outcome = co_await contact;
  if (!outcome) {
    co_return Error(ErrorCode::unreachable, "Nobody greeted at " + address.text() + " in time.");
  }
  co_return *std::move(outcome);
}

Task<Result<Bytes>> Network::ask(Contact to, Protocol protocol, Bytes question, Time deadline) {
  Waiting<Result<Bytes>> answer(state_->loop, deadline);
  state_->ask(to, protocol, std::move(question), Fulfilment(answer));
  auto outcome = co_await answer;
  if (!outcome) co_return too_late(to.id, "did not answer");
  co_return *std::move(outcome);
}

bool Network::tell(const PeerId& to, Protocol protocol, Bytes message, Priority priority) {
  return state_->tell(to, protocol, message, priority);
}

Task<bool> Network::drained(PeerId to, std::size_t bytes, Time deadline) {
  Waiting<bool> done(state_->loop, deadline);
  state_->drain(to, bytes, deadline, Fulfilment(done));
  auto in_time = co_await done;
  co_return in_time.value_or(false);
}

bool Network::connected(const PeerId& peer) const { return state_->standing(peer) != nullptr; }
std::vector<Contact> Network::connected_peers() const { return state_->connected_peers(); }
Duration Network::patience(const PeerId& peer) const { return state_->patience(peer); }
std::optional<Duration> Network::round_trip(const PeerId& peer) const {
  return state_->round_trip(peer);
}
const Network::Counters& Network::counters() const { return state_->counters(); }

}  // namespace moshpit
