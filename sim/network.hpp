// Network: everything between the computers: who is connected to whom, what is on its way, and when
// it arrives.
//
// A frame waits in its link's backlog until the system takes it (at most 64 KiB not yet on the
// wire, at most a window not yet read by the other side), then passes the sender's wire, a latency,
// and the receiver's wire, in order within its link. A parcel for a frozen or vanished computer, or
// across a cut, stays where it is until that is over. Links are named by number and side, never by
// pointer: they may be destroyed while their frames are on their way.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "base/address.hpp"
#include "base/random.hpp"
#include "net/transport.hpp"
#include "sim/agenda.hpp"
#include "sim/computer.hpp"
#include "sim/connection.hpp"
#include "sim/world.hpp"

namespace moshpit::sim {

// One side of a connection, by number.
struct LinkEnd {
  std::uint64_t connection = 0;
  std::uint8_t side = 0;
};

class Network {
 public:
  using Observer = std::function<void(Time, std::uint32_t from, std::uint32_t to, ByteView frame)>;

  Network(Agenda& agenda, NetworkModel model, Random random);
  ~Network();

  void attach(Computer& computer);

  // For transports and links.
  std::unique_ptr<SimLink> dial(Computer& from, const Address& to, std::optional<PeerId> expected);
  void send(LinkEnd end, Bytes frame, Priority priority);
  std::size_t backlog(LinkEnd end) const;
  void consumed(LinkEnd end, std::size_t bytes);
  void close(LinkEnd end);
  void forget_link(LinkEnd end);  // closes, too

  // For the world: entries of the agenda.
  void arrive(std::uint64_t connection, std::uint8_t from);
  void pump(std::uint64_t connection, std::uint8_t side);

  // For the world: faults.
  void hang_up(Computer& computer);  // all its links close, and the others are told
  void silence(Computer& computer);  // all its links close, and nobody is told
  void resume(Computer& computer);   // it runs (again): what waited for that comes in
  void cut(const Computer& one, const Computer& other);
  void heal();
  // The world ends. Links that somebody still holds become closed ones.
  void shut_down();

  std::uint64_t trace() const { return trace_; }
  void set_observer(Observer observer) { observer_ = std::move(observer); }

 private:
  Connection* find(std::uint64_t id) const;
  Connection& open_connection(Computer& from, Computer& to);
  void release_if_closed(Connection& connection);
  std::unique_ptr<SimLink> make_link(Connection& connection, std::uint8_t side);
  void send_again(Connection& connection, std::uint8_t from);
  void close_side(Connection& connection, std::uint8_t side);

  void count_departed(Side& side);
  bool may_hand_over(Side& side);
  void hand_over(Connection& connection, std::uint8_t side);
  void pump_side(Connection& connection, std::uint8_t side);
  void enter_pump(Connection& connection, std::uint8_t side, Time time);
  void post(Connection& connection, std::uint8_t from, Step step, Bytes bytes, int hops = 1);
  void enter_arrival(Connection& connection, std::uint8_t from);
  bool cut_between(const Computer& one, const Computer& other) const;
  bool blocked(const Computer& from, const Computer& to) const;

  void deliver(Connection& connection, std::uint8_t to, Parcel parcel);
  void deliver_hello(Connection& connection, std::uint8_t to);
  void deliver_welcome(Connection& connection, std::uint8_t to);
  void deliver_finish(Connection& connection, std::uint8_t to);
  void deliver_frame(Connection& connection, std::uint8_t to, Bytes frame);
  void record(const Side& from, const Side& to, ByteView frame);

  Duration wire_time(std::size_t bytes) const;
  Duration draw_latency();
  Duration draw_delay(std::size_t bytes);

  Agenda& agenda_;
  NetworkModel model_;
  Random random_;
  std::size_t window_;
  Computer nobody_;  // who is behind an address that is nobody's
  std::map<Address, Computer*> computers_;
  // By slot; the upper half of a connection's id says how often its slot has been used.
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::uint32_t> free_slots_;
  std::uint64_t opened_ = 0;
  std::set<std::pair<std::uint32_t, std::uint32_t>> cuts_;
  std::uint64_t trace_ = 0;
  Observer observer_;
};

}  // namespace moshpit::sim
