#include "train/door.hpp"

#include <algorithm>

#include "net/listen_address.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// For the others to read what this peer has sent them: some round trips. Whoever is frozen is not
// waited for longer.
constexpr Duration leaving_takes = 1s;
constexpr std::size_t invite_addresses = 5;  // invite.hpp
// The clock is looked at when it moves; this only bounds one wait.
constexpr Duration clock_wait = 1h;

Result<Identity> open_identity(const std::string& path) {
  if (path.empty()) return Identity::ephemeral();
  return Identity::load_or_create(path);
}

Result<std::optional<Address>> listening_address(const PeerOptions& options) {
  if (options.outbound_only) return std::optional<Address>();
  auto address = Address::parse(options.listen);
  if (!address) return address.error();
  return std::optional<Address>(*std::move(address));
}

// Where others dial instead of where this peer listens.
Result<std::optional<Address>> advertised_address(const PeerOptions& options) {
  if (options.advertise.empty()) return std::optional<Address>();
  if (options.outbound_only) {
    return Error(ErrorCode::invalid_argument,
                 "A peer that accepts no connections has no address to advertise: leave out one of "
                 "the two.");
  }
  auto address = Address::parse(options.advertise);
  if (!address) return address.error();
  if (address->port == 0 || is_wildcard(address->host)) {
    return Error(ErrorCode::invalid_argument,
                 "Nobody can dial " + address->text() +
                     ": advertise the host and the port that others see.");
  }
  return std::optional<Address>(*std::move(address));
}

}  // namespace

Peer::Door::Door(Identity identity, RunId run, Bytes secret, BandwidthLimit limit)
    : identity_(std::move(identity)), run_(run), secret_(std::move(secret)), bandwidth_(limit) {}

Result<std::unique_ptr<Peer::Door>> Peer::Door::open(const PeerOptions& options, RunId run,
                                                     Bytes secret) {
  auto identity = open_identity(options.identity);
  if (!identity) return identity.error();
  auto listen = listening_address(options);
  if (!listen) return listen.error();
  auto advertised = advertised_address(options);
  if (!advertised) return advertised.error();
  std::unique_ptr<Door> door(
      new Door(*std::move(identity), run, std::move(secret), options.bandwidth));
  auto transport = TcpTransport::listen(door->loop_, door->identity_, *listen,
                                        options.plaintext ? Cover::plaintext : Cover::encrypted,
                                        &door->bandwidth_);
  if (!transport) return transport.error();
  door->transport_ = *std::move(transport);
  if (*advertised) door->transport_->advertise(**std::move(advertised));

  Loop& loop = door->loop_.loop();
  door->participant_.emplace(loop, *door->transport_, door->identity_,
                             Membership{run, door->secret_, options.outbound_only});
  door->tasks_.emplace(loop);
  door->thread_ = std::thread([&real = door->loop_] { real.run(); });
  return door;
}

Peer::Door::~Door() {
  if (!thread_.joinable()) return;
  leave();
  loop_.post([this] {
    tasks_.reset();
    participant_.reset();
    transport_.reset();
  });
  loop_.stop();
  thread_.join();
}

void Peer::Door::leave() {
  loop_.post([this] { tasks_->cancel(); });
  run([](Participant& participant, Time now) { return participant.leave(now + leaving_takes); });
}

void Peer::Door::member() {
  plan_ = call([](Participant& participant) { return participant.plan(); });
  loop_.post([this] {
    participant_->averager().observe(notices_);
    tasks_->spawn(mirror_clock());
    tasks_->spawn(participant_->follow_progress());
  });
}

// Keeps the newest step where every thread can read it without asking the loop.
Task<> Peer::Door::mirror_clock() {
  Averager& averager = participant_->averager();
  while (true) {
    newest_step_ = averager.newest_step();
    const Time later = loop_.loop().now() + clock_wait;
    co_await averager.await_newer_step(newest_step_, later);
  }
}

StepHandle Peer::Door::average(StepRequest request) {
  // What std::function can hold is copyable, so the arguments travel in a box of their own.
  struct Box {
    StepRequest request;
    StepPromise promise;
  };
  auto box = std::make_shared<Box>();
  box->request = std::move(request);
  StepHandle handle = box->promise.handle();
  start([box](Participant& participant) {
    return run_step(participant, std::move(box->request), std::move(box->promise));
  });
  return handle;
}

Task<> Peer::Door::run_step(Participant& participant, StepRequest request, StepPromise promise) {
  auto outcome = co_await participant.average(std::move(request));
  promise.settle(std::move(outcome));
}

Invite Peer::Door::invite() {
  Invite invite{run_, secret_, {}};
  const auto contacts = call([](Participant& participant) {
    auto known = participant.network().connected_peers();
    known.insert(known.begin(), participant.network().self());
    return known;
  });
  for (const Contact& contact : contacts) {
    const bool room = invite.addresses.size() < invite_addresses;
    if (room && !contact.addresses.empty()) {
      invite.addresses.push_back(contact.addresses.front().text());
    }
  }
  return invite;
}

Snapshot Peer::Door::snapshot() {
  return call([](Participant& participant) {
    const Network& network = participant.network();
    Snapshot snapshot;
    snapshot.id = network.id();
    for (const Address& address : network.self().addresses) {
      snapshot.addresses.push_back(address.text());
    }
    snapshot.advice = participant.advice();
    for (const Contact& peer : network.connected_peers()) snapshot.connected.push_back(peer.id);
    snapshot.grid = participant.averager().grid();
    snapshot.place = participant.averager().place();
    snapshot.step = participant.averager().steps_begun();
    snapshot.waiting_for = participant.averager().explain();
    snapshot.bytes_sent = network.counters().bytes_sent;
    snapshot.bytes_received = network.counters().bytes_received;
    snapshot.download = participant.download_progress();
    return snapshot;
  });
}

}  // namespace moshpit
