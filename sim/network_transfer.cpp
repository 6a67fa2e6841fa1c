// The way of a parcel: from the backlog onto the sender's wire, over the network, through the
// receiver's wire into a link.
#include <algorithm>
#include <bit>
#include <utility>

#include "sim/link.hpp"
#include "sim/network.hpp"
#include "sim/transport.hpp"

namespace moshpit::sim {
namespace {

using namespace std::chrono_literals;

// What the system holds that is not yet on the wire: what net/ sets TCP_NOTSENT_LOWAT to, so that
// control frames find little in front of them.
constexpr std::size_t unsent_limit = 64 * 1024;

constexpr std::size_t packet_size = 1460;            // of TCP over Ethernet
constexpr Duration shortest_retransmission = 200ms;  // as on Linux

// TCP's and TLS 1.3's openings take a round trip each: the welcome comes back one latency after
// hello, and then there are the client's hello and the server's proof.
constexpr int welcome_hops = 3;

}  // namespace

Duration Network::wire_time(std::size_t bytes) const {
  return Duration(
      static_cast<std::int64_t>(static_cast<double>(bytes) * 1e9 / model_.bytes_per_second));
}

Duration Network::draw_latency() {
  const Duration range = model_.latency_max - model_.latency_min;
  return model_.latency_min + Duration(static_cast<std::int64_t>(
                                  random_.below(static_cast<std::uint64_t>(range.count()) + 1)));
}

// The latency, and a retransmission delay as often as some packet is lost (again).
Duration Network::draw_delay(std::size_t bytes) {
  const Duration latency = draw_latency();
  if (model_.loss == 0) return latency;
  Duration delay = latency;
  std::size_t packets = std::max<std::size_t>(1, (bytes + packet_size - 1) / packet_size);
  while (packets > 0) {
    std::size_t lost = 0;
    for (std::size_t i = 0; i < packets; ++i) lost += random_.chance(model_.loss) ? 1 : 0;
    if (lost > 0) delay += std::max(shortest_retransmission, 2 * latency);
    packets = lost;
  }
  return delay;
}

void Network::send(LinkEnd end, Bytes frame, Priority priority) {
  Connection* connection = find(end.connection);
  if (!connection || !connection->sides[end.side].open) return;
  Side& side = connection->sides[end.side];
  side.backlog += frame.size();
  (priority == Priority::control ? side.control : side.bulk).push(std::move(frame));
  pump_side(*connection, end.side);
}

std::size_t Network::backlog(LinkEnd end) const {
  const Connection* connection = find(end.connection);
  return connection ? connection->sides[end.side].backlog : 0;
}

// Acknowledgements are free and at once.
void Network::consumed(LinkEnd end, std::size_t bytes) {
  Connection* connection = find(end.connection);
  if (!connection) return;
  const auto from = static_cast<std::uint8_t>(1 - end.side);
  Side& sender = connection->sides[from];
  sender.unacknowledged -= std::min(bytes, sender.unacknowledged);
  if (!sender.control.empty() || !sender.bulk.empty()) {
    enter_pump(*connection, from, agenda_.now());
  }
}

void Network::enter_pump(Connection& connection, std::uint8_t side, Time time) {
  if (std::exchange(connection.sides[side].pump_entered, true)) return;
  agenda_.enter(time, Agenda::Kind::pump, connection.id, side);
}

void Network::pump(std::uint64_t id, std::uint8_t side) {
  Connection* connection = find(id);
  if (!connection) return;
  Side& own = connection->sides[side];
  own.pump_entered = false;
  pump_side(*connection, side);
  if (!own.link) return;
  // Even if this call took nothing: a send() at the same time may have made room already.
  own.link->backlog_fell();
  own.computer->touch();
}

void Network::pump_side(Connection& connection, std::uint8_t side) {
  Side& own = connection.sides[side];
  if (!own.computer->running()) return;
  while (!own.control.empty() || !own.bulk.empty()) {
    if (!may_hand_over(own)) {
      if (own.unsent >= unsent_limit) {
        enter_pump(connection, side, own.on_the_way[own.departed].departure);
      }
      return;
    }
    hand_over(connection, side);
  }
}

// Moves those that have left the wire by now from the unsent to the departed.
void Network::count_departed(Side& side) {
  while (side.departed < side.on_the_way.size() &&
         side.on_the_way[side.departed].departure <= agenda_.now()) {
    side.unsent -= side.on_the_way[side.departed++].bytes.size();
  }
}

bool Network::may_hand_over(Side& side) {
  count_departed(side);
  return side.unsent < unsent_limit && side.unacknowledged < window_;
}

void Network::hand_over(Connection& connection, std::uint8_t side) {
  Side& own = connection.sides[side];
  Bytes frame = own.control.empty() ? own.bulk.pop() : own.control.pop();
  own.backlog -= frame.size();
  own.unacknowledged += frame.size();
  post(connection, side, Step::frame, std::move(frame));
}

void Network::post(Connection& connection, std::uint8_t from, Step step, Bytes bytes, int hops) {
  Side& side = connection.sides[from];
  Parcel parcel;
  parcel.step = step;
  parcel.departure = side.computer->up.send(agenda_.now(), wire_time(bytes.size()));
  parcel.arrival = parcel.departure;
  for (int hop = 0; hop < hops; ++hop) parcel.arrival += draw_delay(bytes.size());
  side.unsent += bytes.size();
  parcel.bytes = std::move(bytes);
  side.on_the_way.push(std::move(parcel));
  enter_arrival(connection, from);
}

bool Network::cut_between(const Computer& one, const Computer& other) const {
  return !cuts_.empty() && cuts_.contains(std::minmax({one.index(), other.index()}));
}

bool Network::blocked(const Computer& from, const Computer& to) const {
  using enum Computer::Condition;
  if (to.condition() == frozen || to.condition() == vanished) return true;
  return cut_between(from, to);
}

// Only the first parcel is in the agenda, so that what is fast waits for what is slow in front of
// it, as in TCP.
void Network::enter_arrival(Connection& connection, std::uint8_t from) {
  Side& side = connection.sides[from];
  if (side.arrival_entered || side.on_the_way.empty()) return;
  side.arrival_entered = true;
  agenda_.enter(side.on_the_way.front().arrival, Agenda::Kind::arrive, connection.id, from);
}

void Network::arrive(std::uint64_t id, std::uint8_t from) {
  Connection* connection = find(id);
  if (!connection) return;
  Side& sender = connection->sides[from];
  Side& receiver = connection->sides[1 - from];
  sender.arrival_entered = false;
  if (sender.on_the_way.empty() || blocked(*sender.computer, *receiver.computer)) return;
  Parcel& first = sender.on_the_way.front();
  if (!first.landed && first.arrival <= agenda_.now()) {
    first.landed = true;
    first.arrival = receiver.computer->down.receive(agenda_.now(), wire_time(first.bytes.size()));
  }
  if (first.arrival > agenda_.now()) return enter_arrival(*connection, from);

  count_departed(sender);  // this parcel among them
  --sender.departed;
  Parcel parcel = sender.on_the_way.pop();
  enter_arrival(*connection, from);
  deliver(*connection, static_cast<std::uint8_t>(1 - from), std::move(parcel));
}

void Network::deliver(Connection& connection, std::uint8_t to, Parcel parcel) {
  Side& own = connection.sides[to];
  if (parcel.step == Step::hello) return deliver_hello(connection, to);
  const bool known = parcel.step == Step::finish ? own.welcomed : own.open;
  if (!known) {
    // The link is not known here (any more), and the sender is told.
    if (parcel.step != Step::end && !std::exchange(own.end_sent, true)) {
      post(connection, to, Step::end, {});
    }
    return;
  }
  own.computer->touch();
  switch (parcel.step) {
    case Step::hello:
      return;
    case Step::welcome:
      return deliver_welcome(connection, to);
    case Step::finish:
      return deliver_finish(connection, to);
    case Step::frame:
      return deliver_frame(connection, to, std::move(parcel.bytes));
    case Step::refuse:
    case Step::end:
      // Nothing that this side sends is heard any more, not even its own end.
      own.end_sent = true;
      own.control.clear();
      own.bulk.clear();
      own.backlog = 0;
      return own.link->end();
  }
}

void Network::deliver_hello(Connection& connection, std::uint8_t to) {
  Side& own = connection.sides[to];
  own.welcomed = own.computer != &nobody_ && own.computer->transport().listening();
  if (own.welcomed) return post(connection, to, Step::welcome, {}, welcome_hops);
  post(connection, to, Step::refuse, {});
}

void Network::deliver_welcome(Connection& connection, std::uint8_t to) {
  SimLink& link = *connection.sides[to].link;
  if (connection.expected && *connection.expected != link.peer()) {
    link.settle(SimLink::Dial::refused);
    return close_side(connection, to);
  }
  link.settle(SimLink::Dial::established);
  post(connection, to, Step::finish, {});
}

void Network::deliver_finish(Connection& connection, std::uint8_t to) {
  connection.sides[to].computer->transport().put(make_link(connection, to));
}

void Network::deliver_frame(Connection& connection, std::uint8_t to, Bytes frame) {
  Side& own = connection.sides[to];
  record(connection.sides[1 - to], own, frame);
  if (frame.size() > own.link->frame_limit()) return close_side(connection, to);
  own.link->put(std::move(frame));
}

// Eight bytes at a time: every delivered byte of a long simulation passes here.
void Network::record(const Side& from, const Side& to, ByteView frame) {
  const auto add = [this](std::uint64_t word) {
    trace_ = std::rotl((trace_ ^ word) * 0x9e3779b97f4a7c15u, 29);
  };
  add(static_cast<std::uint64_t>(agenda_.now().time_since_epoch().count()));
  add(static_cast<std::uint64_t>(from.computer->index()) << 32 | to.computer->index());
  add(frame.size());
  ByteView rest = frame;
  for (; rest.size() >= 8; rest = rest.subspan(8)) add(read_little_endian<std::uint64_t>(rest));
  for (std::byte byte : rest) add(std::to_integer<std::uint64_t>(byte));
  if (observer_) observer_(agenda_.now(), from.computer->index(), to.computer->index(), frame);
}

}  // namespace moshpit::sim
