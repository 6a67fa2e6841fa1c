// The way of a parcel: from the backlog onto the sender's wire, over the network, through the
// receiver's wire into a link.
#include <algorithm>
#include <bit>
#include <utility>

#include "sim/exponential.hpp"
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

// Of one host for itself, or of the way between two.
std::int64_t Network::clogging(const Computer& one, const Computer& other) const {
  if (clogs_.empty()) return 1;
  const auto found = clogs_.find(std::minmax({one.index(), other.index()}));
  return found == clogs_.end() ? 1 : found->second;
}

Duration Network::draw_latency(Computer& from, const Computer& to) {
  Random& random = from.network_random();
  const Duration range = model_.latency_max - model_.latency_min;
  Duration latency = model_.latency_min + Duration(static_cast<std::int64_t>(random.below(
                                              static_cast<std::uint64_t>(range.count()) + 1)));
  if (model_.jitter_mean > Duration{0}) latency += exponential(random, model_.jitter_mean);
  return latency * clogging(from, from) * clogging(from, to) * clogging(to, to);
}

// The latency, and a retransmission delay as often as some packet is lost (again).
Duration Network::draw_delay(Computer& from, const Computer& to, std::size_t bytes) {
  const Duration latency = draw_latency(from, to);
  if (model_.loss == 0) return latency;
  Duration delay = latency;
  std::size_t packets = std::max<std::size_t>(1, (bytes + packet_size - 1) / packet_size);
  while (packets > 0) {
    std::size_t lost = 0;
    for (std::size_t i = 0; i < packets; ++i)
      lost += from.network_random().chance(model_.loss) ? 1 : 0;
    if (lost > 0) delay += std::max(shortest_retransmission, 2 * latency);
    packets = lost;
  }
  return delay;
}

void Network::send(LinkEnd end, Bytes frame, Priority priority) {
  Side& side = end.connection->sides[end.side];
  if (!side.open) return;
  side.computer->compute_on(frame.size());
  side.backlog += frame.size();
  (priority == Priority::control ? side.control : side.bulk).push(std::move(frame));
  pump_side(*end.connection, end.side);
}

std::size_t Network::backlog(LinkEnd end) const { return end.connection->sides[end.side].backlog; }

// Acknowledgements are free and take the shortest latency, unless their way is cut.
void Network::consumed(LinkEnd end, std::size_t bytes) {
  Side& own = end.connection->sides[end.side];
  if (!own.open) return;
  own.computer->compute_on(bytes);
  const auto to = static_cast<std::uint8_t>(1 - end.side);
  if (is_cut(*own.computer, *end.connection->sides[to].computer)) {
    own.read_unheard += bytes;
    return;
  }
  const Acknowledgement acknowledgement{own.computer->now() + model_.latency_min, bytes};
  if (is_near(*end.connection)) return acknowledged(*end.connection, to, acknowledgement);
  mail({end.connection, to, {}, acknowledgement});
}

// Whether what one side sends may be put before the other one at once.
bool Network::is_near(const Connection& connection) const {
  return !running_ ||
         &connection.sides[0].computer->shard() == &connection.sides[1].computer->shard();
}

void Network::mail(Mail mail) {
  const auto& sides = mail.connection->sides;
  Shard& from = sides[1 - mail.side].computer->shard();
  from.outboxes[sides[mail.side].computer->shard().index()].push_back(std::move(mail));
}

void Network::take_mail(std::vector<Mail>& mail) {
  for (Mail& each : mail) {
    Connection& connection = *each.connection;
    if (each.acknowledgement.bytes > 0) {
      acknowledged(connection, each.side, each.acknowledgement);
    } else {
      come(connection, each.side, std::move(each.parcel));
    }
  }
  mail.clear();
}

void Network::acknowledged(Connection& connection, std::uint8_t to,
                           Acknowledgement acknowledgement) {
  Side& own = connection.sides[to];
  own.acknowledgements.push(acknowledgement);
  if (own.waits_for_window()) enter_pump(connection, to, acknowledgement.time);
}

void Network::hear_acknowledgements(Side& side) {
  const Time now = side.computer->now();
  while (!side.acknowledgements.empty() && side.acknowledgements.front().time <= now) {
    side.unacknowledged -= std::min(side.acknowledgements.pop().bytes, side.unacknowledged);
  }
}

void Network::enter_pump(Connection& connection, std::uint8_t side, Time time) {
  Side& own = connection.sides[side];
  if (std::exchange(own.pump_entered, true)) return;
  const Computer& computer = *own.computer;
  computer.shard().agenda.enter({time, computer.index(), Agenda::Kind::pump, side, &connection});
}

void Network::pump(Connection& connection, std::uint8_t side) {
  connection.sides[side].pump_entered = false;
  refill(connection, side);
  look_for_end(connection, side);
}

void Network::refill(Connection& connection, std::uint8_t side) {
  pump_side(connection, side);
  Side& own = connection.sides[side];
  if (!own.link) return;
  // Even if this call took nothing: a send() at the same time may have made room already.
  own.link->backlog_fell();
  own.computer->touch();
}

void Network::pump_side(Connection& connection, std::uint8_t side) {
  Side& own = connection.sides[side];
  if (!own.computer->running()) return;
  hear_acknowledgements(own);
  while (may_hand_over(own)) hand_over(connection, side);
  if (own.waits_for_window() && !own.acknowledgements.empty()) {
    enter_pump(connection, side, own.acknowledgements.front().time);
  }
}

bool Network::may_hand_over(const Side& side) const {
  return side.something_to_send() && side.unsent < unsent_limit &&
         side.unacknowledged < side.window;
}

void Network::hand_over(Connection& connection, std::uint8_t side) {
  Side& own = connection.sides[side];
  const Priority priority = own.control.empty() ? Priority::bulk : Priority::control;
  Bytes frame = priority == Priority::bulk ? own.bulk.pop() : own.control.pop();
  own.backlog -= frame.size();
  own.unacknowledged += frame.size();
  post(connection, side, Step::frame, std::move(frame), priority);
}

void Network::post(Connection& connection, std::uint8_t from, Step step, Bytes bytes,
                   Priority priority) {
  Side& side = connection.sides[from];
  Parcel parcel;
  parcel.step = step;
  parcel.load = bytes.size();
  if (priority == Priority::bulk) {
    parcel.load = static_cast<std::size_t>(static_cast<double>(bytes.size()) * model_.bulk_weight);
  }
  parcel.bytes = std::move(bytes);
  side.unsent += parcel.load;
  side.leaving.push(std::move(parcel));
  if (side.leaving.size() > 1) return;  // the wire has one of this link
  set_out(connection, from, side.last_departure <= side.computer->now());
}

// A packet goes between the frames of the other links, but only if it is the first of its link:
// many small frames get no more of the wire than few large ones.
void Network::set_out(Connection& connection, std::uint8_t from, bool first) {
  Side& side = connection.sides[from];
  Computer& computer = *side.computer;
  Wire& up = computer.wire(Direction::up);
  const std::size_t bytes = side.leaving.front().load;
  const Computer& other = *connection.sides[1 - from].computer;
  // A clogged way between two slows the frames down here, where no other link pays for it.
  const Duration duration =
      up.time_of(bytes) * clogging(computer, computer) * clogging(computer, other);
  const Time now = computer.now();
  if (first && bytes <= packet_size) {
    return depart(connection, from, up.pass(now, now, duration));
  }
  up.begin(now, now, LinkEnd{&connection, from}, duration);
  enter_turn(computer, Direction::up);
}

// The first that is leaving.
void Network::depart(Connection& connection, std::uint8_t from, Time time) {
  Side& side = connection.sides[from];
  const auto to = static_cast<std::uint8_t>(1 - from);
  Parcel parcel = side.leaving.pop();
  side.unsent -= parcel.load;
  side.last_departure = time;
  parcel.departure = time;
  parcel.arrival = time;
  const int hops = parcel.step == Step::welcome ? welcome_hops : 1;
  for (int hop = 0; hop < hops; ++hop) {
    parcel.arrival += draw_delay(*side.computer, *connection.sides[to].computer, parcel.load);
  }
  if (is_near(connection)) return come(connection, to, std::move(parcel));
  mail({&connection, to, std::move(parcel), {}});
}

void Network::come(Connection& connection, std::uint8_t to, Parcel parcel) {
  Side& own = connection.sides[to];
  if (parcel.step == Step::hello) own.computer->enlist(connection);
  own.coming.push(std::move(parcel));
  // If another one is in front, that one is in the agenda, or waits for somebody to call resume().
  if (own.coming.size() == 1) enter_arrival(connection, to);
}

void Network::enter_turn(Computer& computer, Direction direction) {
  const auto time = computer.wire(direction).missing_entry();
  if (!time) return;
  const auto side = static_cast<std::uint8_t>(direction);
  computer.shard().agenda.enter({*time, computer.index(), Agenda::Kind::turn, side});
}

void Network::turn(Computer& computer, Direction direction) {
  Wire& wire = computer.wire(direction);
  wire.entry_came();
  if (wire.next() && *wire.next() <= computer.now()) {
    const LinkEnd flow = wire.take(computer.now());
    if (direction == Direction::up) {
      sent(*flow.connection, flow.side);
    } else {
      landed(*flow.connection, flow.side);
    }
    look_for_end(*flow.connection, flow.side);
  }
  enter_turn(computer, direction);
}

void Network::sent(Connection& connection, std::uint8_t from) {
  Side& side = connection.sides[from];
  depart(connection, from, side.computer->now());
  if (!side.leaving.empty()) set_out(connection, from, false);
  if (side.backlog > 0) refill(connection, from);
}

bool Network::is_cut(const Computer& from, const Computer& to) const {
  return !cuts_.empty() && cuts_.contains({from.index(), to.index()});
}

bool Network::blocked(const Computer& from, const Computer& to) const {
  using enum Computer::Condition;
  if (to.condition() == frozen || to.condition() == vanished) return true;
  return is_cut(from, to);
}

// Only the first parcel is in the agenda, so that what is fast waits for what is slow in front of
// it, as in TCP.
void Network::enter_arrival(Connection& connection, std::uint8_t to) {
  Side& own = connection.sides[to];
  if (own.arrival_entered || own.coming.empty()) return;
  const Time arrival = own.coming.front().arrival;
  if (arrival == Time::max()) return;
  own.arrival_entered = true;
  const Computer& computer = *own.computer;
  computer.shard().agenda.enter({arrival, computer.index(), Agenda::Kind::arrive, to, &connection});
}

void Network::arrive(Connection& connection, std::uint8_t to) {
  Side& own = connection.sides[to];
  own.arrival_entered = false;
  const bool there =
      !own.coming.empty() && !blocked(*connection.sides[1 - to].computer, *own.computer);
  if (there && own.coming.front().arrival > own.computer->now()) {
    enter_arrival(connection, to);
  } else if (there && (own.coming.front().landed || land(connection, to))) {
    take_in(connection, to);
  }
  look_for_end(connection, to);
}

// Answers whether it is through the receiver's wire at once: on an idle one that is no slower than
// the sender's, the other bytes came before the last. Packets go between the others, if they did
// not come behind one of their own.
bool Network::land(Connection& connection, std::uint8_t to) {
  Parcel& first = connection.sides[to].coming.front();
  const Computer& sender = *connection.sides[1 - to].computer;
  const Duration coming = sender.wire(Direction::up).time_of(first.load);
  Computer& computer = *connection.sides[to].computer;
  Wire& down = computer.wire(Direction::down);
  const Time now = computer.now();
  const Duration duration = down.time_of(first.load) * clogging(computer, computer);
  const Time since = now - std::min(duration, coming);
  const bool packet = first.load <= packet_size && first.arrival == now;
  first.landed = true;
  if (packet || (duration <= coming && down.idle_since(since))) {
    first.arrival = down.pass(since, now, duration);
    if (first.arrival <= now) return true;
    enter_arrival(connection, to);
    return false;
  }
  first.arrival = Time::max();
  down.begin(since, now, LinkEnd{&connection, to}, duration);
  enter_turn(computer, Direction::down);
  return false;
}

void Network::landed(Connection& connection, std::uint8_t to) {
  Side& own = connection.sides[to];
  own.coming.front().arrival = own.computer->now();
  if (blocked(*connection.sides[1 - to].computer, *own.computer)) return;
  take_in(connection, to);
}

void Network::take_in(Connection& connection, std::uint8_t to) {
  Parcel parcel = connection.sides[to].coming.pop();
  enter_arrival(connection, to);
  deliver(connection, to, std::move(parcel));
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
  if (own.computer->unaware()) return;  // a firewall that answers nothing
  own.welcomed = own.computer != &nobody_ && own.computer->transport().listening();
  if (own.welcomed) return post(connection, to, Step::welcome, {});
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
  record(*connection.sides[1 - to].computer, *own.computer, frame);
  if (frame.size() > own.link->frame_limit()) return close_side(connection, to);
  own.link->put(std::move(frame));
}

// Eight bytes at a time: every delivered byte of a long simulation passes here.
void Network::record(const Computer& from, Computer& to, ByteView frame) {
  std::uint64_t trace = to.trace;
  const auto add = [&trace](std::uint64_t word) {
    trace = std::rotl((trace ^ word) * 0x9e3779b97f4a7c15u, 29);
  };
  add(static_cast<std::uint64_t>(to.now().time_since_epoch().count()));
  add(from.index());
  add(frame.size());
  ByteView rest = frame;
  for (; rest.size() >= 8; rest = rest.subspan(8)) add(read_little_endian<std::uint64_t>(rest));
  for (std::byte byte : rest) add(std::to_integer<std::uint64_t>(byte));
  to.trace = trace;
  if (observer_) observer_(to.now(), from.index(), to.index(), frame);
}

}  // namespace moshpit::sim
