// Computer: one simulated machine below its programs: its clock and loop, its transport, its two
// wires to the network and whether it runs, is frozen, or is dead. Its loop runs only at its own
// entries in the agenda. Clocks differ: each life of each computer starts at a Time of its own, so
// that a Time that crossed the wire by mistake is found out.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "base/address.hpp"
#include "base/random.hpp"
#include "loop/loop.hpp"
#include "sim/agenda.hpp"
#include "sim/credentials.hpp"

namespace moshpit::sim {

class Network;
class SimTransport;

// One direction of a computer's connection to the network. It carries one byte after the other.
class Wire {
 public:
  // The bytes go out from now on, after those before them. Answers when the last one is through.
  Time send(Time now, Duration duration) { return free_ = std::max(free_, now) + duration; }
  // The last of the bytes comes in now: on an idle wire the others came before it. Answers when it
  // is through.
  Time receive(Time now, Duration duration) { return send(now - duration, duration); }

 private:
  Time free_{};
};

class Computer {
 public:
  enum class Condition : std::uint8_t { running, frozen, crashed, vanished };

  Computer(Agenda& agenda, Network& network, std::uint32_t index, bool outbound_only,
           Random random);
  ~Computer();

  std::uint32_t index() const { return index_; }
  bool outbound_only() const { return outbound_only_; }
  const Address& address() const { return address_; }
  const SimCredentials& credentials() const { return credentials_; }
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

  // Brings the clock up to date, and runs whoever is ready, unless it is not running.
  void run();
  // Something was put into its loop: it runs as soon as the present entry of the agenda is done
  // with.
  void touch();
  // Brings the clock up to date for somebody who asks from outside.
  void catch_up();
  // Whether the entry is for the timer that it waits for, not for one that was cancelled.
  bool expects(const Agenda::Entry& entry) const { return wake_ == entry.time; }

  Wire up;
  Wire down;
  std::set<std::uint64_t> connections;  // in which it has a side

 private:
  struct Life;

  Time local(Time time) const;     // of the world's time
  Time of_world(Time time) const;  // of its own
  void enter_timer();

  Agenda& agenda_;
  Network& network_;
  std::uint32_t index_;
  bool outbound_only_;
  Address address_;
  Random random_;
  SimCredentials credentials_;
  Condition condition_ = Condition::running;
  bool executing_ = false;
  std::optional<Time> wake_;  // the world's time of its next timer, as far as it is in the agenda
  // Former lives are kept, because a test may still hold a link or a task of one.
  std::vector<std::unique_ptr<Life>> lives_;
};

}  // namespace moshpit::sim
