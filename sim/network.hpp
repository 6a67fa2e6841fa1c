// Network: everything between the computers: who is connected to whom, what is on its way, and when
// it arrives.
//
// A frame waits in its link's backlog until the system takes it (at most 64 KiB not yet through the
// wire, at most a window not yet read by the other side), then passes the sender's wire, a latency,
// and the receiver's wire, in order within its link. Both wires are shared fairly by their links. A
// parcel for a frozen or vanished computer, or across a cut, stays where it is until that is over.
//
// While computers run, possibly those of several shards at once, each changes its own sides of its
// connections only, and sends mail to the others. Faults and the end of connections come when all
// rest.
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
#include "sim/shard.hpp"
#include "sim/world.hpp"

namespace moshpit::sim {

class Network {
 public:
  using Observer = std::function<void(Time, std::uint32_t from, std::uint32_t to, ByteView frame)>;

  // `home` is the shard of whoever is behind an address that is nobody's.
  Network(Shard& home, NetworkModel model, Random random);

  const NetworkModel& model() const { return model_; }
  // What a host does not say of itself.
  HostOptions complete(HostOptions options) const;
  void attach(Computer& computer);

  // For transports and links.
  std::unique_ptr<SimLink> dial(Computer& from, const Address& to, std::optional<PeerId> expected);
  void send(LinkEnd end, Bytes frame, Priority priority);
  std::size_t backlog(LinkEnd end) const;
  void consumed(LinkEnd end, std::size_t bytes);
  void forget_link(LinkEnd end);  // closes, too

  // For the world: entries of an agenda.
  void arrive(Connection& connection, std::uint8_t to);
  void pump(Connection& connection, std::uint8_t side);
  void turn(Computer& computer, Direction direction);

  // Shards run, or rest again: whatever is for another one of them waits in its mail meanwhile.
  void set_running(bool running) { running_ = running; }
  bool running() const { return running_; }
  void take_mail(std::vector<Mail>& mail);
  // Of these, all that nobody will hear of again are gone. Requires: shards rest.
  void bury(std::vector<Connection*> perhaps_over);

  // For the world: faults. Requires: shards rest.
  void hang_up(Computer& computer);  // all its links close, and the others are told
  void silence(Computer& computer);  // all its links close, and nobody is told
  void resume(Computer& computer);   // it runs (again): what waited for that comes in
  void cut(const Computer& one, const Computer& other);
  void cut_one_way(const Computer& from, const Computer& to);
  void clog(const Computer& one, const Computer& other, std::uint32_t times);  // or one alone
  void heal();
  // The world ends. Links that somebody still holds become closed ones.
  void shut_down(Shard& shard);

  void set_observer(Observer observer) { observer_ = std::move(observer); }

 private:
  Connection& open_connection(Computer& from, Computer& to);
  std::size_t window_between(Computer& from, Computer& to) const;
  std::unique_ptr<SimLink> make_link(Connection& connection, std::uint8_t side);
  void send_again(Connection& connection, std::uint8_t from);
  void acknowledge_again(Connection& connection, std::uint8_t side);
  void close_side(Connection& connection, std::uint8_t side);
  void look_for_end(Connection& connection, std::uint8_t side);

  void hear_acknowledgements(Side& side);
  bool may_hand_over(const Side& side) const;
  void hand_over(Connection& connection, std::uint8_t side);
  void pump_side(Connection& connection, std::uint8_t side);
  void refill(Connection& connection, std::uint8_t side);
  void enter_pump(Connection& connection, std::uint8_t side, Time time);
  void post(Connection& connection, std::uint8_t from, Step step, Bytes bytes,
            Priority priority = Priority::control);
  void set_out(Connection& connection, std::uint8_t from, bool first);
  void depart(Connection& connection, std::uint8_t from, Time time);
  void sent(Connection& connection, std::uint8_t from);
  bool is_near(const Connection& connection) const;
  void mail(Mail mail);
  void come(Connection& connection, std::uint8_t to, Parcel parcel);
  void acknowledged(Connection& connection, std::uint8_t to, Acknowledgement acknowledgement);
  void enter_turn(Computer& computer, Direction direction);
  void enter_arrival(Connection& connection, std::uint8_t to);
  bool land(Connection& connection, std::uint8_t to);
  void landed(Connection& connection, std::uint8_t to);
  bool is_cut(const Computer& from, const Computer& to) const;
  bool blocked(const Computer& from, const Computer& to) const;

  void take_in(Connection& connection, std::uint8_t to);
  void deliver(Connection& connection, std::uint8_t to, Parcel parcel);
  void deliver_hello(Connection& connection, std::uint8_t to);
  void deliver_welcome(Connection& connection, std::uint8_t to);
  void deliver_finish(Connection& connection, std::uint8_t to);
  void deliver_frame(Connection& connection, std::uint8_t to, Bytes frame);
  void record(const Computer& from, Computer& to, ByteView frame);

  std::int64_t clogging(const Computer& one, const Computer& other) const;
  Duration draw_latency(Computer& from, const Computer& to);
  Duration draw_delay(Computer& from, const Computer& to, std::size_t bytes);

  NetworkModel model_;
  Computer nobody_;  // who is behind an address that is nobody's
  std::map<Address, Computer*> computers_;
  std::vector<Computer*> in_order_;  // by index
  bool running_ = false;
  using Way = std::pair<std::uint32_t, std::uint32_t>;
  std::set<Way> cuts_;                  // from, to
  std::map<Way, std::uint32_t> clogs_;  // the smaller index first; of a host alone: twice the same
  Observer observer_;
};

}  // namespace moshpit::sim
