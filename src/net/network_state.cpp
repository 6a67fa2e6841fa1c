#include "net/network_state.hpp"

#include <algorithm>
#include <string>

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// For one address: a lost SYN is repeated after 1 s, and the encryption's handshake takes two round
// trips more.
constexpr Duration address_limit = 3s;

// The other side's Hello comes within the conversation's own, shorter limit; this one is never
// reached.
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

Error no_more_dials(const Contact& to) {
  return Error(ErrorCode::unreachable,
               "This peer is leaving and has no link to peer " + to.id.brief() + " any more.");
}

// The link stood for a moment only: the other side leaves, or this one does.
Error given_up_again(const Contact& to) {
  return Error(ErrorCode::unreachable,
               "Peer " + to.id.brief() + " was reached and the link was given up at once.");
}

}  // namespace

Network::State::State(Loop& the_loop, Transport& transport, const Credentials& the_credentials,
                      Membership membership)
    : loop(the_loop),
      credentials(the_credentials),
      transport_(transport),
      membership_(std::move(membership)),
      incarnation_(the_loop.random().next()),
      advertised_(!membership_.outbound_only),
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
  if (advertised_) contact.addresses = listening();
  return contact;
}

std::vector<Address> Network::State::listening() const {
  return membership_.outbound_only ? std::vector<Address>() : transport_.addresses();
}

void Network::State::advertise(bool advertised) {
  if (membership_.outbound_only || advertised == advertised_) return;
  advertised_ = advertised;
  const Contact now = self();
  for (auto& [link, conversation] : conversations_) conversation->tell_whereabouts(now.addresses);
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

Task<> Network::State::accept_links() {
  bool open = true;
  while (open) {
    auto link = co_await transport_.accept();  // no deadline: somebody dials us or nobody does
    open = link != nullptr;
    if (open && strangers() < stranger_limit) begin(std::move(link), Role::acceptor, {});
  }
}

// Whoever has greeted has a place in the table.
std::size_t Network::State::strangers() const { return conversations_.size() - table_.size(); }

void Network::State::begin(std::unique_ptr<Link> link, Role role,
                           Fulfilment<Result<Contact>> greeting) {
  Hello hello;
  hello.run = membership_.run;
  hello.sender = self();
  hello.outbound_only = !advertised_;
  hello.incarnation = incarnation_;
  if (role == Role::dialler) hello.dial_number = ++dials_;
  const LinkId id = next_link_++;
  auto conversation =
      std::make_unique<Conversation>(loop, *this, id, std::move(link), role, membership_);
  conversation->begin(std::move(hello), std::move(greeting));
  conversations_.add(id, std::move(conversation));
}

void Network::State::greeted(Conversation& with) {
  const PeerId peer = with.peer();
  const bool dialled = with.role() == Role::dialler;
  const LinkFacts facts{peer, dialled ? credentials.id() : peer,
                        dialled ? with.our_dial_number() : with.theirs().dial_number,
                        with.theirs().incarnation};
  for (LinkId link : table_.outlived(peer, facts.incarnation)) close(link);
  ++counters_.links_opened;
  const auto superfluous = table_.open(with.id(), facts);
  if (superfluous) conversations_.at(*superfluous)->say_farewell();
  if (leaving_) {
    retire(with.id());
    return settle(peer, given_up_again(with.theirs().sender));
  }
  settle(peer, {});
}

void Network::State::retire(LinkId link) {
  table_.retire(link);
  conversations_.at(link)->say_farewell();
}

// Then nothing more may be sent on the link from this side either.
void Network::State::bidden_farewell(Conversation& by) {
  retire(by.id());
  if (leaving_ && by.farewell_complete()) close(by.id());
}

// Whoever answers the farewell has read everything before it. Answers that are still being thought
// about come out empty.
void Network::State::leave(Fulfilment<bool> parted) {
  leaving_ = true;
  for (auto& [protocol, served] : services_) served.answers.cancel();
  parted_ = std::move(parted);
  std::vector<LinkId> links;
  for (const auto& [link, conversation] : conversations_) {
    if (conversation->is_greeted()) links.push_back(link);
  }
  for (LinkId link : links) retire(link);
  if (table_.size() == 0) parted_.fulfil(true);
}

void Network::State::close(LinkId link) {
  auto found = conversations_.take(link);
  if (!found) return;  // it ended by itself and by our judgement in the same turn of the loop
  Conversation& conversation = **found;
  const LinkEnd end = conversation.farewell_complete() ? LinkEnd::given_up : LinkEnd::lost;
  ended_.push_back(*std::move(found));
  any_ended_.set();
  conversation.end();
  if (conversation.refused_them()) ++counters_.links_refused;
  closed_.bytes_sent += conversation.bytes_sent();
  closed_.bytes_received += conversation.bytes_received();
  const PeerId peer = conversation.peer();
  if (!conversation.is_greeted()) return;
  const bool was_last = table_.close(link);
  if (leaving_ && table_.size() == 0) parted_.fulfil(true);
  if (!was_last) return;
  round_trips_.take(peer);
  for (auto& [protocol, served] : services_) served.service.disconnected(peer, end);
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
  std::vector<LinkId> over;
  for (const auto& [link, conversation] : conversations_) {
    if (paused) conversation->excuse();
    if (!tick(*conversation)) over.push_back(link);
  }
  for (LinkId link : over) close(link);
  const auto idle_since = [this](LinkId link) { return conversations_.at(link)->idle_since(); };
  for (LinkId link : table_.surplus(loop.now(), idle_since)) retire(link);
}

// There may be hundreds of conversations: what is known of the peer is only looked up for those
// that may end by it.
bool Network::State::tick(Conversation& conversation) {
  const PeerId& peer = conversation.peer();
  const auto measured = conversation.awaits_pong() ? round_trip(peer) : std::nullopt;
  const bool succeeded = conversation.is_leaving() && (leaving_ || standing(peer) != nullptr);
  return conversation.tick(measured, succeeded);
}

// Dialling.

Task<> Network::State::dial(Contact to) {
  if (leaving_) to.addresses.clear();
  Result<void> outcome = leaving_ ? no_more_dials(to) : cannot_dial(to);
  for (const Address& address : to.addresses) {
    auto contact = co_await dial_address(address, to.id);
    const bool told_why = !outcome && outcome.error().code() != ErrorCode::unreachable;
    if (contact) outcome = Result<void>();
    if (!contact && !told_why) outcome = contact.error();
    if (contact || standing(to.id)) break;
  }
  if (outcome && !standing(to.id)) outcome = given_up_again(to);
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

// Addresses that are tried for their own sake: no link comes of it.
struct Network::State::Trial {
  Trial(Loop& loop, std::size_t addresses) : settled(loop), left(addresses) {}
  Event settled;
  std::size_t left;  // of those that have not failed
  bool found = false;
};

void Network::State::try_addresses(const Contact& to, Time deadline, Fulfilment<bool> found) {
  tasks_.spawn(try_all(to, deadline, std::move(found)));
}

Task<> Network::State::try_all(Contact to, Time deadline, Fulfilment<bool> found) {
  Trial trial(loop, to.addresses.size());
  TaskGroup dials(loop);
  for (const Address& address : to.addresses) {
    dials.spawn(try_one(address, to.id, deadline, trial));
  }
  if (trial.left > 0) co_await trial.settled.wait();  // every dial ends by the deadline
  found.fulfil(trial.found);
}

Task<> Network::State::try_one(Address address, PeerId expected, Time deadline, Trial& trial) {
  const auto link = co_await transport_.dial(address, expected, deadline);
  trial.found = trial.found || link.ok();
  if (--trial.left == 0 || trial.found) trial.settled.set();
}

void Network::State::connect_to(const Address& address, Fulfilment<Result<Contact>> done) {
  tasks_.spawn(dial_for(address, std::move(done)));
}

}  // namespace moshpit
