// Who is connected to whom: dialling, closing, faults. What happens to a parcel is in
// network_transfer.cpp.
#include "sim/network.hpp"

#include <algorithm>
#include <limits>

#include "sim/link.hpp"
#include "sim/transport.hpp"

namespace moshpit::sim {
namespace {

// What the system of a receiver holds for a program that does not read: Linux begins with 128 KiB
// and grows.
constexpr std::size_t receive_buffer = 256 * 1024;

constexpr std::size_t binding_size = 32;  // as a TLS exporter gives
constexpr std::uint32_t no_index = std::numeric_limits<std::uint32_t>::max();

}  // namespace

Network::Network(Agenda& agenda, NetworkModel model, Random random)
    : agenda_(agenda),
      model_(model),
      random_(random),
      nobody_(agenda, *this, no_index, complete({.outbound_only = true}), random_.fork()) {
  MOSHPIT_ASSERT(model.latency_min >= Duration{0} && model.latency_min <= model.latency_max);
  MOSHPIT_ASSERT(model.jitter_mean >= Duration{0});
  MOSHPIT_ASSERT(model.loss >= 0 && model.loss < 1 && model.bytes_per_second > 0);
  MOSHPIT_ASSERT(model.bulk_weight > 0);
}

Network::~Network() { shut_down(); }

HostOptions Network::complete(HostOptions options) const {
  if (!options.bytes_per_second_up) options.bytes_per_second_up = model_.bytes_per_second;
  if (!options.bytes_per_second_down) options.bytes_per_second_down = model_.bytes_per_second;
  return options;
}

void Network::attach(Computer& computer) { computers_.emplace(computer.address(), &computer); }

Connection* Network::find(std::uint64_t id) const {
  const auto slot = static_cast<std::uint32_t>(id);
  if (slot >= connections_.size()) return nullptr;
  Connection* connection = connections_[slot].get();
  return connection && connection->id == id ? connection : nullptr;
}

// The buffer, and what is on its way when it fills, so that no link is slower than its wires.
std::size_t Network::window_between(Computer& from, Computer& to) const {
  const double rate = std::min(from.wire(Direction::up).bytes_per_second(),
                               to.wire(Direction::down).bytes_per_second());
  return receive_buffer + static_cast<std::size_t>(rate * seconds(model_.latency_max));
}

Connection& Network::open_connection(Computer& from, Computer& to) {
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(connections_.size()));
    connections_.emplace_back();
  }
  const std::uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  connections_[slot] = std::make_unique<Connection>();
  Connection& connection = *connections_[slot];
  connection.id = ++opened_ << 32 | slot;
  connection.binding.resize(binding_size);
  random_.fill(connection.binding);
  connection.sides[0].computer = &from;
  connection.sides[1].computer = &to;
  for (std::uint8_t i : {0, 1}) {
    Side& side = connection.sides[i];
    auto& known = side.computer->connections;
    if (known.empty() || known.back() != connection.id) known.push_back(connection.id);
    side.window = window_between(*side.computer, *connection.sides[1 - i].computer);
  }
  return connection;
}

void Network::release_if_closed(Connection& connection) {
  const std::uint64_t id = connection.id;
  for (const Side& side : connection.sides) {
    if (side.open) return;
  }
  for (const Side& side : connection.sides) {
    auto& known = side.computer->connections;
    const auto [first, last] = std::equal_range(known.begin(), known.end(), id);
    known.erase(first, last);
    if (side.link) side.link->orphan();
  }
  const auto slot = static_cast<std::uint32_t>(id);
  connections_[slot].reset();
  free_slots_.push_back(slot);
}

std::unique_ptr<SimLink> Network::make_link(Connection& connection, std::uint8_t side) {
  Side& own = connection.sides[side];
  const Computer& other = *connection.sides[1 - side].computer;
  auto link = std::make_unique<SimLink>(*this, LinkEnd{connection.id, side}, own.computer->loop(),
                                        other, connection.binding);
  own.link = link.get();
  own.open = true;
  return link;
}

std::unique_ptr<SimLink> Network::dial(Computer& from, const Address& to,
                                       std::optional<PeerId> expected) {
  const auto found = computers_.find(to);
  Connection& connection =
      open_connection(from, found == computers_.end() ? nobody_ : *found->second);
  connection.expected = expected;
  auto link = make_link(connection, 0);
  post(connection, 0, Step::hello, {});
  return link;
}

void Network::close(LinkEnd end) {
  Connection* connection = find(end.connection);
  if (connection) close_side(*connection, end.side);
}

void Network::forget_link(LinkEnd end) {
  Connection* connection = find(end.connection);
  if (!connection) return;
  connection->sides[end.side].link = nullptr;
  close_side(*connection, end.side);
}

// What the system has taken still goes out, and the end after it. The connection may be gone
// afterwards.
void Network::close_side(Connection& connection, std::uint8_t side) {
  Side& own = connection.sides[side];
  if (!own.open) return;
  own.open = false;
  own.control.clear();
  own.bulk.clear();
  own.backlog = 0;
  if (own.link) own.link->end();
  if (!own.end_sent) {
    own.end_sent = true;
    post(connection, side, Step::end, {});
  }
  release_if_closed(connection);
}

void Network::hang_up(Computer& computer) {
  const auto ids = computer.connections;
  for (std::uint64_t id : ids) {
    for (std::uint8_t side : {0, 1}) {
      Connection* connection = find(id);
      if (!connection) break;
      if (connection->sides[side].computer != &computer) continue;
      connection->sides[side].welcomed = false;
      close_side(*connection, side);
    }
  }
  computer.transport().close();
}

void Network::silence(Computer& computer) {
  for (std::uint64_t id : computer.connections) {
    for (Side& side : find(id)->sides) {
      if (side.computer != &computer) continue;
      side.end_sent = true;
      // What has not left the wire never will.
      while (!side.on_the_way.empty() && side.on_the_way.back().departure > agenda_.now()) {
        side.on_the_way.drop_back();
      }
      side.departed = side.on_the_way.size();
      side.unsent = 0;
    }
  }
  computer.wire(Direction::up).clear();
  hang_up(computer);
  // Should it come back, it does not know these links, and says so to whoever still uses one.
  for (std::uint64_t id : computer.connections) {
    for (Side& side : find(id)->sides) {
      if (side.computer == &computer) side.end_sent = false;
    }
  }
}

void Network::resume(Computer& computer) {
  const auto ids = computer.connections;
  for (std::uint64_t id : ids) {
    for (std::uint8_t side : {0, 1}) {
      Connection* connection = find(id);
      if (!connection || connection->sides[side].computer != &computer) continue;
      enter_pump(*connection, side);
      enter_arrival(*connection, static_cast<std::uint8_t>(1 - side));
    }
  }
}

void Network::cut(const Computer& one, const Computer& other) {
  cut_one_way(one, other);
  cut_one_way(other, one);
}

void Network::cut_one_way(const Computer& from, const Computer& to) {
  cuts_.emplace(from.index(), to.index());
}

void Network::clog(const Computer& one, const Computer& other, std::uint32_t times) {
  MOSHPIT_ASSERT(times > 0);
  clogs_[std::minmax({one.index(), other.index()})] = times;
}

void Network::heal() {
  clogs_.clear();
  const auto healed = std::exchange(cuts_, {});
  if (healed.empty()) return;
  for (const auto& connection : connections_) {
    if (!connection) continue;
    for (std::uint8_t from : {0, 1}) {
      const Way way{connection->sides[from].computer->index(),
                    connection->sides[1 - from].computer->index()};
      if (!healed.contains(way)) continue;
      send_again(*connection, from);
      acknowledge_again(*connection, static_cast<std::uint8_t>(1 - from));
    }
  }
}

// After a cut, whatever stalled at it needs another latency.
void Network::send_again(Connection& connection, std::uint8_t from) {
  Side& side = connection.sides[from];
  if (side.arrival_entered || side.on_the_way.empty()) return;
  Parcel& first = side.on_the_way.front();
  if (first.arrival == Time::max()) return;  // it is on a wire yet
  const Duration latency = draw_latency(*side.computer, *connection.sides[1 - from].computer);
  first.arrival = std::max(first.arrival, agenda_.now() + latency);
  enter_arrival(connection, from);
}

void Network::acknowledge_again(Connection& connection, std::uint8_t side) {
  Side& own = connection.sides[side];
  own.unacknowledged -= std::min(std::exchange(own.read_unheard, 0), own.unacknowledged);
  enter_pump(connection, side);
}

void Network::shut_down() {
  for (auto& connection : connections_) {
    if (!connection) continue;
    for (Side& side : connection->sides) {
      if (!side.link) continue;
      side.link->orphan();
      side.link->end();
    }
    connection.reset();
  }
}

}  // namespace moshpit::sim
