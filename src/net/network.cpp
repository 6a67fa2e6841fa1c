#include "net/network.hpp"

#include <utility>

#include "net/network_state.hpp"
#include "net/waiting.hpp"

namespace moshpit {
namespace {

Error too_late(const PeerId& peer, const char* what) {
  return Error(ErrorCode::unreachable, "Peer " + peer.brief() + " " + what + " in time.");
}

}  // namespace

Network::Network(Loop& loop, Transport& transport, const Credentials& credentials,
                 Membership membership)
    : state_(std::make_unique<State>(loop, transport, credentials, std::move(membership))) {}

Network::~Network() = default;

Loop& Network::loop() { return state_->loop; }
const PeerId& Network::id() const { return state_->credentials.id(); }
const Credentials& Network::credentials() const { return state_->credentials; }
Contact Network::self() const { return state_->self(); }
std::vector<Address> Network::listening() const { return state_->listening(); }
void Network::advertise(bool advertised) { state_->advertise(advertised); }

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

Task<bool> Network::can_dial(Contact to, Time deadline) {
  Waiting<bool> found(state_->loop, deadline);
  state_->try_addresses(to, deadline, Fulfilment(found));
  auto in_time = co_await found;
  co_return in_time.value_or(false);
}

Task<Result<Bytes>> Network::ask(Contact to, Protocol protocol, Bytes question, Time deadline) {
  Waiting<Result<Bytes>> answer(state_->loop, deadline);
  state_->ask(to, protocol, std::move(question), Fulfilment(answer));
  auto outcome = co_await answer;
  if (!outcome) co_return too_late(to.id, "did not answer");
  co_return *std::move(outcome);
}

bool Network::tell(const PeerId& to, Protocol protocol, Frame message, Priority priority) {
  return state_->tell(to, protocol, std::move(message), priority);
}

Task<bool> Network::drained(PeerId to, std::size_t bytes, Time deadline) {
  Waiting<bool> done(state_->loop, deadline);
  state_->drain(to, bytes, deadline, Fulfilment(done));
  auto in_time = co_await done;
  co_return in_time.value_or(false);
}

double Network::bulk_weight() const { return state_->bulk_weight(); }

Task<bool> Network::leave(Time deadline) {
  Waiting<bool> parted(state_->loop, deadline);
  state_->leave(Fulfilment(parted));
  auto in_time = co_await parted;
  co_return in_time.has_value();
}

bool Network::connected(const PeerId& peer) const { return state_->standing(peer) != nullptr; }
bool Network::connected_to_anybody() const { return state_->connected_to_anybody(); }
std::vector<Contact> Network::connected_peers() const { return state_->connected_peers(); }
Duration Network::patience(const PeerId& peer) const { return state_->patience(peer); }
std::optional<Duration> Network::round_trip(const PeerId& peer) const {
  return state_->round_trip(peer);
}
Duration Network::usual_round_trip() const { return state_->usual_round_trip(); }
const Network::Counters& Network::counters() const { return state_->counters(); }

}  // namespace moshpit
