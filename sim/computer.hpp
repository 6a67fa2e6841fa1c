// Computer: one simulated machine below its programs: its clock and loop, its transport, its two
// wires to the network and whether it runs, is frozen, or is dead. Its loop runs only at its own
// entries in the agenda of its shard. Clocks differ: each life of each computer starts at a Time of
// its own, so that a Time that crossed the wire by mistake is found out; and a clock may be fast or
// slow.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/address.hpp"
#include "base/random.hpp"
#include "loop/loop.hpp"
#include "net/credentials.hpp"
#include "sim/agenda.hpp"
#include "sim/options.hpp"
#include "sim/shard.hpp"
#include "sim/wire.hpp"

namespace moshpit::sim {

class Network;
class SimTransport;

class Computer {
 public:
  enum class Condition : std::uint8_t { running, frozen, crashed, vanished };

  Computer(Shard& shard, Network& network, std::uint32_t index, const HostOptions& options,
           Random random);
  ~Computer();

  std::uint32_t index() const { return index_; }
  Shard& shard() const { return shard_; }
  Time now() const { return shard_.agenda.now(); }  // of the world
  bool outbound_only() const { return outbound_only_; }
  bool unaware() const { return unaware_; }
  // What work takes here that takes so long on the usual device.
  Duration work_time(Duration usual) const;
  const Address& address() const { return address_; }
  const Credentials& credentials() const { return *credentials_; }
  const ComputeCosts& costs() const { return costs_; }
  Condition condition() const { return condition_; }
  bool running() const { return condition_ == Condition::running; }
  bool alive() const { return running() || condition_ == Condition::frozen; }
  // Whether its loop is on the stack right now.
  bool executing() const { return executing_; }

  // Of its present life.
  Loop& loop();
  SimTransport& transport();

  void set_condition(Condition condition) { condition_ = condition; }
  // A fresh loop, clock, generator and transport.
  void begin_life();
  void change_identity();
  // From now on.
  void set_clock_rate(double rate);

  // Brings the clock up to date, and runs whoever is ready, unless it is not running.
  void run();
  // Something was put into its loop: it runs as soon as the present entry of the agenda is done
  // with.
  void touch();
  // It computes for so long, by the usual device, and does not run meanwhile.
  void compute(Duration usual);
  void compute_on(std::size_t bytes);
  // Brings the clock up to date for somebody who asks from outside.
  void catch_up();
  // Whether the entry is for the timer that it waits for, not for one that was cancelled.
  bool expects(const Agenda::Entry& entry) const { return wake_ == entry.time; }

  Wire& wire(Direction direction) { return wires_[static_cast<std::size_t>(direction)]; }
  const Wire& wire(Direction direction) const {
    return wires_[static_cast<std::size_t>(direction)];
  }

  // What the network draws for what this computer sends.
  Random& network_random() { return network_random_; }
  std::uint64_t next_dial() { return dials_++; }

  // The connections in which it has a side, by number.
  using Connections = std::vector<std::pair<std::uint64_t, Connection*>>;
  const Connections& connections() const { return connections_; }
  void enlist(Connection& connection);
  void delist(Connection& connection);

  // Hash of every frame that was delivered to it.
  std::uint64_t trace = 0;

 private:
  struct Life;

  Time local(Time time) const;     // of the world's time
  Time of_world(Time time) const;  // of its own
  Time reading();                  // of its clock, for whoever runs now
  void enter_timer();
  void enter_wake(Time time);
  std::unique_ptr<Credentials> draw_credentials();

  Shard& shard_;
  Network& network_;
  std::uint32_t index_;
  std::array<Wire, 2> wires_;
  bool outbound_only_;
  bool unaware_;
  double clock_rate_;
  double speed_;
  ComputeCosts costs_;
  Time busy_until_;  // of the world
  bool real_signatures_;
  Address address_;
  Random random_;
  Random network_random_;
  std::uint64_t dials_ = 0;
  Connections connections_;
  std::unique_ptr<Credentials> credentials_;
  Condition condition_ = Condition::running;
  bool executing_ = false;
  std::optional<Time> wake_;  // the world's time of its next timer, as far as it is in the agenda
  // Former lives are kept, because a test may still hold a link or a task of one.
  std::vector<std::unique_ptr<Life>> lives_;
};

}  // namespace moshpit::sim
