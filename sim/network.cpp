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

Network::Network(Shard& home, NetworkModel model, Random random)
    : model_(model), nobody_(home, *this, no_index, complete({.outbound_only = true}), random) {
  MOSHPIT_ASSERT(model.latency_min >= Duration{0} && model.latency_min <= model.latency_max);
  MOSHPIT_ASSERT(model.jitter_mean >= Duration{0});
  MOSHPIT_ASSERT(model.loss >= 0 && model.loss < 1 && model.bytes_per_second > 0);
  MOSHPIT_ASSERT(model.bulk_weight > 0);
}

HostOptions Network::complete(HostOptions options) const {
  if (!options.bytes_per_second_up) options.bytes_per_second_up = model_.bytes_per_second;
  if (!options.bytes_per_second_down) options.bytes_per_second_down = model_.bytes_per_second;
  return options;
}

void Network::attach(Computer& computer) {
  computers_.emplace(computer.address(), &computer);
  in_order_.push_back(&computer);
}

// The buffer, and what is on its way when it fills, so that no link is slower than its wires.
std::size_t Network::window_between(Computer& from, Computer& to) const {
  const double rate = std::min(from.wire(Direction::up).bytes_per_second(),
                               to.wire(Direction::down).bytes_per_second());
  const Duration round_trip = model_.latency_max + model_.latency_min;
  return receive_buffer + static_cast<std::size_t>(rate * seconds(round_trip));
}

Connection& Network::open_connection(Computer& from, Computer& to) {
  Connection& connection = from.shard().open();
  connection.number = std::uint64_t{from.index()} << 32 | from.next_dial();
  connection.binding.resize(binding_size);
  from.network_random().fill(connection.binding);
  connection.sides[0].computer = &from;
  connection.sides[1].computer = &to;
  connection.sides[0].window = window_between(from, to);
  connection.sides[1].window = window_between(to, from);
  from.enlist(connection);
  return connection;
}

// When all shards rest, each may be in the lists of several of them.
void Network::bury(std::vector<Connection*> perhaps_over) {
  std::ranges::sort(perhaps_over);
  perhaps_over.erase(std::unique(perhaps_over.begin(), perhaps_over.end()), perhaps_over.end());
  for (Connection* connection : perhaps_over) {
    if (!connection->is_over()) continue;
    for (const Side& side : connection->sides) {
      side.computer->delist(*connection);
      if (side.link) side.link->orphan();
    }
    connection->sides[0].computer->shard().destroy(*connection);
  }
}

std::unique_ptr<SimLink> Network::make_link(Connection& connection, std::uint8_t side) {
  Side& own = connection.sides[side];
  const Computer& other = *connection.sides[1 - side].computer;
  auto link = std::make_unique<SimLink>(*this, LinkEnd{&connection, side}, own.computer->loop(),
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

void Network::forget_link(LinkEnd end) {
  end.connection->sides[end.side].link = nullptr;
  close_side(*end.connection, end.side);
}

// What the system has taken still goes out, and the end after it.
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
  look_for_end(connection, side);
}

void Network::look_for_end(Connection& connection, std::uint8_t side) {
  const Side& own = connection.sides[side];
  if (own.idle()) own.computer->shard().may_be_over(connection);
}

void Network::hang_up(Computer& computer) {
  for (const auto& [number, connection] : computer.connections()) {
    for (std::uint8_t side : {0, 1}) {
      if (connection->sides[side].computer != &computer) continue;
      connection->sides[side].welcomed = false;
      close_side(*connection, side);
    }
  }
  computer.transport().close();
}

void Network::silence(Computer& computer) {
  for (const auto& [number, connection] : computer.connections()) {
    for (std::uint8_t i : {0, 1}) {
      Side& side = connection->sides[i];
      if (side.computer != &computer) continue;
      side.end_sent = true;
      // What has not left the wire never will.
      Queue<Parcel>& coming = connection->sides[1 - i].coming;
      while (!coming.empty() && coming.back().departure > computer.now()) coming.drop_back();
      side.leaving.clear();
      side.unsent = 0;
    }
  }
  computer.wire(Direction::up).clear();
  hang_up(computer);
  // Should it come back, it does not know these links, and says so to whoever still uses one.
  for (const auto& [number, connection] : computer.connections()) {
    for (std::uint8_t i : {0, 1}) {
      if (connection->sides[i].computer != &computer) continue;
      connection->sides[i].end_sent = false;
      look_for_end(*connection, i);
    }
  }
}

void Network::resume(Computer& computer) {
  for (const auto& [number, connection] : computer.connections()) {
    for (std::uint8_t side : {0, 1}) {
      if (connection->sides[side].computer != &computer) continue;
      enter_pump(*connection, side, computer.now());
      enter_arrival(*connection, side);
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
  for (Computer* computer : in_order_) {
    for (const auto& [number, connection] : computer->connections()) {
      for (std::uint8_t from : {0, 1}) {
        if (connection->sides[from].computer != computer) continue;
        const Computer& other = *connection->sides[1 - from].computer;
        if (!healed.contains({computer->index(), other.index()})) continue;
        send_again(*connection, from);
        acknowledge_again(*connection, from);
      }
    }
  }
}

// After a cut, whatever stalled at it needs another latency.
void Network::send_again(Connection& connection, std::uint8_t from) {
  const auto to = static_cast<std::uint8_t>(1 - from);
  Side& receiver = connection.sides[to];
  if (receiver.arrival_entered || receiver.coming.empty()) return;
  Parcel& first = receiver.coming.front();
  if (first.arrival == Time::max()) return;  // it is on a wire yet
  Computer& sender = *connection.sides[from].computer;
  first.arrival = std::max(first.arrival, sender.now() + draw_latency(sender, *receiver.computer));
  enter_arrival(connection, to);
}

// What the side read while its way to the other was cut.
void Network::acknowledge_again(Connection& connection, std::uint8_t side) {
  Side& own = connection.sides[side];
  const std::size_t bytes = std::exchange(own.read_unheard, 0);
  if (bytes == 0) return;
  acknowledged(connection, static_cast<std::uint8_t>(1 - side),
               {own.computer->now() + model_.latency_min, bytes});
}

void Network::shut_down(Shard& shard) {
  for (const auto& connection : shard.connections()) {
    if (!connection) continue;
    for (const Side& side : connection->sides) {
      if (!side.link) continue;
      side.link->orphan();
      side.link->end();
    }
  }
}

}  // namespace moshpit::sim
